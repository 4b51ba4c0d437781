"""Watches a PulseAudio server (or PipeWire's, which speaks its protocol) with pulsectl.

Each change gives one line: the whole state of the server as `genred.audio.server_state` reads it,
once as soon as it is there and once more (`settled`) when nothing has changed for a while. Where no
server answers, the line says so, and it is looked for again twice a second for ever.
"""

import threading
import time
from typing import Any

import pulsectl

from genred.audio.children.parent import (
    PROPERTY,
    RETRY_S,
    SETTLED_S,
    end_with_parent,
    speaks_pipewire_alone,
    tell,
)

PING_S = 2.0
"""how often a server that tells no change is asked whether it is there"""
ANSWER_S = 1.0
"""how long an answer may take"""


def main() -> None:
    """Watch for ever."""
    end_with_parent()
    pulsectl.PulseSourceInfo._init_from_struct = _own_sample_spec  # noqa: SLF001 - its only hook
    told_down = False
    patience = Patience()
    # Where only PipeWire's own protocol is spoken, its own watcher is to be started instead.
    while not speaks_pipewire_alone():
        try:
            with pulsectl.Pulse("genred-watch", connect=False) as pulse:
                with patience:
                    pulse.connect(autospawn=False)
                told_down = False
                _watch(pulse, patience)
        except (pulsectl.PulseError, pulsectl.PulseDisconnected) as error:
            if not told_down:
                tell({"up": False, "why": str(error) or "it has gone"})
                told_down = True
            time.sleep(RETRY_S)


def _own_sample_spec(source: Any, given: Any) -> None:
    """Copy a source's rate while it is there: pulsectl keeps a pointer to what libpulse frees."""
    source.sample_spec = type(given.sample_spec).from_buffer_copy(given.sample_spec)


def _watch(pulse: Any, patience: "Patience") -> None:
    """Tell the state at each change; raises PulseError when the server is gone."""

    def changed(_: object) -> None:
        raise pulsectl.PulseLoopStop

    pulse.event_mask_set("server", "sink", "source", "source_output", "sink_input")
    pulse.event_callback_set(changed)
    told: dict[str, Any] = {}
    settled = changes = False
    while True:
        if changes or not told:
            with patience:
                state = {**_state(pulse), "settled": settled}
        else:
            with patience:  # a server that hangs tells no event of it
                pulse.server_info()
        if patience.lost() or state != told:
            told = state
            tell(state)
        before = time.monotonic()
        wait_s = PING_S if settled else SETTLED_S
        pulse.event_listen(timeout=wait_s)
        waited = time.monotonic() - before >= wait_s
        changes, settled = not (waited and settled), waited


class Patience:
    """Around each question to the server: tells that it is down if no answer comes.

    The answer may still come, when a server that was frozen goes on; `lost` tells of that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked, self._answered = threading.Event(), threading.Event()
        self._lost = False
        threading.Thread(target=self._wait, daemon=True).start()

    def __enter__(self) -> None:
        self._answered.clear()
        self._asked.set()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._answered.set()

    def lost(self) -> bool:
        """Return whether the server was told to be down since the last time."""
        with self._lock:
            lost, self._lost = self._lost, False
        return lost

    def _wait(self) -> None:
        while self._asked.wait():
            self._asked.clear()
            if self._answered.wait(ANSWER_S):
                continue
            with self._lock:
                if not self._answered.is_set():
                    self._lost = True
                    tell({"up": False, "why": "it does not answer"})


def _state(pulse: Any) -> dict[str, Any]:
    info = pulse.server_info()
    sources = pulse.source_list()
    names = {source.index: source.name for source in sources}
    played = {stream.sink for stream in pulse.sink_input_list() if not stream.corked}
    return {
        "up": True,
        "server": f"{info.server_name} {info.server_version}",
        "default_source": info.default_source_name or "",
        "default_sink": info.default_sink_name or "",
        "sources": [_source(source, played) for source in sources],
        "recordings": [
            {"token": output.proplist[PROPERTY], "source": names.get(output.source, "")}
            for output in pulse.source_output_list()
            if PROPERTY in output.proplist
        ],
    }


def _source(source: Any, played: set[int]) -> dict[str, Any]:
    monitored = source.monitor_of_sink_name
    return {
        "name": source.name,
        "description": source.description,
        "sample_rate": source.sample_spec.rate,
        "channels": source.channel_count,
        "channel_map": list(source.channel_list),
        "monitor_of": monitored or None,
        "suspended": source.state == "suspended",
        "muted": bool(source.mute),
        "playing": source.monitor_of_sink in played,
    }


if __name__ == "__main__":
    main()
