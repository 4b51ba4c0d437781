"""A sound server as its watcher tells it: what there is, what is the default, who hears what.

Pure: the rules by which a source is found and by which an open one is judged stand here.
"""

import msgspec

from genred.audio.names import Candidate


class ServerSource(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be recorded."""

    name: str
    description: str
    sample_rate: int
    channels: int
    channel_map: list[str]
    monitor_of: str | None
    """sink whose sound this is; None for a microphone"""
    suspended: bool = False
    muted: bool = False
    playing: bool = False
    """some program plays into the sink that it monitors"""

    @property
    def candidate(self) -> Candidate:
        """How it can be called."""
        return Candidate(self.name, self.description)


class Recording(msgspec.Struct, frozen=True):
    """A recording of ours, by the token that it was given."""

    token: str
    source: str
    """name of what it hears; empty while it is being connected"""


class ServerState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as one line of a watcher."""

    up: bool
    why: str = ""
    """why it is not up"""
    settled: bool = False
    """nothing has changed for a while"""
    server: str = ""
    default_source: str = ""
    default_sink: str = ""
    sources: list[ServerSource] = []
    recordings: list[Recording] = []

    def find(self, name: str) -> ServerSource | None:
        """Return the source of exactly this name."""
        return next((source for source in self.sources if source.name == name), None)

    @property
    def loopback(self) -> ServerSource | None:
        """What hears what the computer plays: the monitor of the default sink."""
        return next((s for s in self.sources if s.monitor_of == self.default_sink), None)

    @property
    def default(self) -> ServerSource | None:
        """The default source."""
        return self.find(self.default_source)

    def heard_by(self, token: str) -> str:
        """Return the name of what a recording of ours hears; empty if that is not known."""
        return next((r.source for r in self.recordings if r.token == token), "")

    def offers_more(self, before: "ServerState") -> bool:
        """Whether there is something that was not there before: a source, a default, a server."""
        if not self.up:
            return False
        names = {source.name for source in before.sources} if before.up else set()
        return (
            not before.up
            or any(source.name not in names for source in self.sources)
            or (self.loopback is not None and self.default_sink != before.default_sink)
            or (self.default is not None and self.default_source != before.default_source)
        )


DOWN = ServerState(up=False, why="no sound server has answered yet")
