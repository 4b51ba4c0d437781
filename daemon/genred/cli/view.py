"""The live view of `genred listen`: events in, a picture out."""

from collections import deque

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from genred.cli.style import bar, colour
from genred.events import SILENCE, Capture, Event, Genre, Prediction, Status
from genred.features.level import FLOOR_DBFS
from genred.service.said import clock_text
from genred.wire.watch import Notice, Refused

_BAR = 32
_HISTORY = 8
_DARK_DBFS = -60.0  # where the level's bar ends


class View:
    """The present genre, probabilities as bars, level, and the last changes."""

    def __init__(self, endpoints: list[str]) -> None:
        self._where = ", ".join(endpoints)
        self._notice: Notice | str = ""
        self._forget("")

    def _forget(self, session: str) -> None:
        """Begin anew: what another session said does not hold."""
        self._session = session
        self._latest: Event | None = None
        self._genre: Genre | None = None
        self._prediction: Prediction | None = None
        self._status: Status | None = None
        self._capture: Capture | None = None
        self._level_dbfs = FLOOR_DBFS
        self._history: deque[Genre] = deque(maxlen=_HISTORY)

    def take(self, event: Event) -> None:
        """Take one event of any type."""
        if event.session != self._session:
            self._forget(event.session)
        if isinstance(self._notice, Refused):
            self._notice = ""
        self._latest = event
        match event:
            case Genre():
                self._genre = event
                self._history.append(event)
                if event.genre == SILENCE:
                    self._prediction = None
            case Prediction():
                self._prediction = event
                self._level_dbfs = event.level_dbfs
            case Status():
                self._status = event
                if isinstance(event.level_dbfs, float):
                    self._level_dbfs = event.level_dbfs
            case Capture():
                self._capture = event

    def note(self, notice: Notice) -> None:
        """Take what the connection has to say."""
        self._notice = notice

    def __rich__(self) -> RenderableType:
        if self._status is None and self._genre is None:
            waiting = [Text(f"waiting for {self._where} ...", "dim")]
            waiting += [Text(str(self._notice), "yellow")] if self._notice else []
            return Panel(Group(*waiting), title="genred")
        parts = [self._headline(), Text(), self._bars(), Text(), self._past()]
        return Panel(
            Group(*parts), title=self._title(), subtitle=str(self._notice) or None, width=72
        )

    def _title(self) -> str:
        stream = self._genre or self._status
        model = f" · {self._status.model}" if self._status else ""
        return f"genred · {stream.stream}{model}" if stream else "genred"

    def _headline(self) -> Text:
        genre = self._genre
        text = Text()
        if genre is not None:
            text.append(f"{genre.genre:<14}", f"bold {colour(genre.genre)}")
            if isinstance(genre.confidence, float):
                text.append(f"{genre.confidence:4.0%}   ")
        if self._latest is not None:
            text.append(f"{clock_text(self._latest.audio_time)}   ", "dim")
        text.append(self._level(), "green")
        if self._capture is not None:
            text.append(f"   {self._capture.state}", "dim")
        return text

    def _level(self) -> str:
        return f"{bar(1 - self._level_dbfs / _DARK_DBFS, 12)} {self._level_dbfs:4.0f} dBFS"

    def _bars(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        if self._prediction is None:
            return Text("nothing to hear" if self._is_silent() else "no prediction yet", "dim")
        now = self._genre.genre if self._genre else ""
        for label, share in self._prediction.probabilities.items():
            style = colour(label)
            name = Text(f"{label:<12}", f"bold {style}" if label == now else style)
            table.add_row(name, Text(bar(share, _BAR), style), Text(f"{share:4.0%}", "dim"))
        return table

    def _is_silent(self) -> bool:
        return self._genre is not None and self._genre.genre == SILENCE

    def _past(self) -> Text:
        text = Text()
        for change in reversed(self._history):
            text.append(f"{clock_text(change.onset):>8}  ", "dim")
            text.append(f"{change.genre}\n", colour(change.genre))
        return text
