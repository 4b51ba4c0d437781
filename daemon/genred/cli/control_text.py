"""How the answers of a daemon look in a terminal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from genred.cli.style import bar, colour
from genred.events import UNKNOWN, Capture, Event, Genre, Prediction
from genred.requests import StatusResult
from genred.service.said import capture_text, change_text, clock_text

_BAR = 12
_DARK_DBFS = -60.0  # where the level's bar ends
_STATES = {"capturing": "green", "recovering": "yellow", "silent_dead": "yellow", "lost": "red"}
_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60


def event_text(event: Event) -> str:
    """Say an event as a line."""
    match event:
        case Genre():
            return change_text(event)
        case Capture():
            return capture_text(event)
        case Prediction():
            best = sorted(event.probabilities.items(), key=lambda share: -share[1])[:3]
            what = ", ".join(f"{label} {share:.2f}" for label, share in best)
        case _:
            what = f"up {_duration(event.uptime_s)}, {event.model}"
    return f"{clock_text(event.audio_time):>8}  {event.stream}  {what}"


def value_text(value: object) -> str:
    """Write a value as in the config."""
    return json.dumps(value, ensure_ascii=False)


def status_panel(said: StatusResult) -> Panel:
    """Show how a daemon is, in a frame."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in status_rows(said):
        if name != "stream":  # which the frame has
            table.add_row(name, text)
    return Panel(table, title=f"genred · {said.stream} · {said.model}", expand=False)


def status_rows(said: StatusResult) -> Iterator[tuple[str, Text]]:
    """Yield what is shown, a name and a text each."""
    yield "stream", Text(f"{said.stream}, by {said.model}")
    yield "genre", _genre(said)
    state = Text(said.capture, f"bold {_STATES.get(said.capture, '')}".strip())
    yield "capture", state.append(f" since {_clock(said.capture_since)}: {said.reason}", "")
    shape = f", {said.sample_rate} Hz, {said.channels} ch" if said.sample_rate else ""
    yield "source", Text(f"{said.source}{shape}")
    if isinstance(said.level_dbfs, float):
        share = 1 - said.level_dbfs / _DARK_DBFS
        yield "level", Text(f"{bar(share, _BAR)} {said.level_dbfs:.0f} dBFS", "green")
    if isinstance(said.zeros_s, float) and said.zeros_s >= 1:
        yield "", Text(f"only digital zeros for {_duration(said.zeros_s)}", "yellow")
    yield (
        "running",
        Text(
            f"{_duration(said.uptime_s)}, since {_clock(said.started)}; genred {said.version}, "
            f"pid {said.pid}"
        ),
    )
    yield "load", _load(said)
    yield "events", Text(f"{', '.join(said.events)}; {_count(said.subscribers, 'subscriber')}")
    yield "control", Text(", ".join(said.control))
    for key, value in said.values.items():
        yield "set", Text(f"{key} = {value_text(value)}")


def _genre(said: StatusResult) -> Text:
    genre = said.genre if isinstance(said.genre, str) else UNKNOWN
    text = Text(genre, f"bold {colour(genre)}")
    if isinstance(said.confidence, float):
        text.append(f"  {said.confidence:.0%}", "")
    if isinstance(said.genre_since, float):
        text.append(f"  since {_clock(said.genre_since)}", "")
    return text


def _load(said: StatusResult) -> Text:
    factor = said.real_time_factor
    text = Text(f"{factor:.2%} of real time, " if isinstance(factor, float) else "")
    return text.append(f"{_count(said.overruns, 'overrun')}", "red" if said.overruns else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _clock(time: float) -> str:
    """Say a moment in this place's time; with its day, if that is not today."""
    moment, now = (datetime.fromtimestamp(t, UTC).astimezone() for t in (time, _now()))
    return moment.strftime("%H:%M:%S" if moment.date() == now.date() else "%Y-%m-%d %H:%M:%S")


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _duration(seconds: float) -> str:
    """Say how long, in its two largest units."""
    whole = int(seconds)
    days, hours, minutes = whole // _DAY_S, whole // _HOUR_S % 24, whole // _MINUTE_S % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
