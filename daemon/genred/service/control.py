"""What is answered on the control socket: requests in, calls of what a session offers, answers out.

The loop serves it between blocks, so whatever is called here must be done in milliseconds.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import UNSET

from genred import __version__
from genred.errors import GenredError, UsageError
from genred.events import Event
from genred.requests import (
    Answer,
    PauseResult,
    ReloadResult,
    Request,
    SetResult,
    SnapshotResult,
    StatusResult,
    refusal,
)
from genred.service.session import Session


class Controls(Protocol):
    """What a session offers to whoever asks."""

    def status(self) -> StatusResult:
        """Say how it is now."""

    def snapshot(self) -> Sequence[Event]:
        """Return the last event of each type, in the order in which they were sent."""

    def pause(self) -> None:
        """Close the source until `resume`; raises GenredError where that can't be."""

    def resume(self) -> None:
        """Open it again."""

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Change keys of the config until the end; return what holds of each now.

        Raises UsageError for what can't be; then nothing is changed.
        """

    def reload(self) -> Mapping[str, object]:
        """Read the config file again; return `changed` and `refused`. Raises GenredError."""


class Deeds(Protocol):
    """What can be done to a loop that hears a live input; as in `Controls`."""

    @property
    def was_set(self) -> Mapping[str, object]:
        """What `set` has changed and still holds, by its key."""

    def pause(self) -> None:
        """Close the source."""

    def resume(self) -> None:
        """Open it again."""

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Change keys of the config."""

    def reload(self) -> Mapping[str, object]:
        """Read the config file again."""


class Answers:
    """Answers requests by calls of `controls`; never raises."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def __call__(self, request: Request) -> Answer:
        """Do what is asked."""
        try:
            return Answer(id=request.id, result=msgspec.to_builtins(self._do(request)))
        except UsageError as error:
            return refusal(request.id, "bad_params", str(error))
        except GenredError as error:
            return refusal(request.id, "failed", str(error))
        except Exception as error:  # noqa: BLE001 - no wish of a client's ends a daemon that hears
            return refusal(request.id, "internal", f"{type(error).__name__}: {error}")

    def _do(self, request: Request) -> msgspec.Struct:
        if request.params and request.method != "set":
            raise UsageError(f"{request.method} takes no params")
        match request.method:
            case "status":
                return self._controls.status()
            case "snapshot":
                return SnapshotResult(events=list(self._controls.snapshot()))
            case "pause":
                self._controls.pause()
            case "resume":
                self._controls.resume()
            case "set":
                return self._set(request.params)
            case "reload":
                return msgspec.convert(self._controls.reload(), ReloadResult)
        return PauseResult(capture=self._controls.status().capture)

    def _set(self, values: Mapping[str, object]) -> SetResult:
        if not values:
            raise UsageError("nothing to set: give keys of the config and their values")
        return SetResult(values=dict(self._controls.set(values)))


class PlayedControls:
    """What files that are played offer: their state; nothing can be changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def status(self) -> StatusResult:
        """Say how it is now."""
        return status_of(self._session, {})

    def snapshot(self) -> Sequence[Event]:
        """Return the last event of each type."""
        return self._session.last_events

    def pause(self) -> None:
        """Refuse."""
        raise GenredError("files that are played can't be paused")

    def resume(self) -> None:
        """Refuse."""
        raise GenredError("files that are played can't be resumed")

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Refuse."""
        raise GenredError(f"files that are played take no changes: {', '.join(values)}")

    def reload(self) -> Mapping[str, object]:
        """Refuse."""
        raise GenredError("files that are played have no config to reload")


class LiveControls:
    """What a live input offers: its state and its deeds."""

    def __init__(self, session: Session, deeds: Deeds) -> None:
        self._session = session
        self._deeds = deeds
        self.pause = deeds.pause
        self.resume = deeds.resume
        self.set = deeds.set
        self.reload = deeds.reload

    def status(self) -> StatusResult:
        """Say how it is now, and what was changed."""
        return status_of(self._session, self._deeds.was_set)

    def snapshot(self) -> Sequence[Event]:
        """Return the last event of each type."""
        return self._session.last_events


def status_of(session: Session, values: Mapping[str, object]) -> StatusResult:
    """Say how a session that has begun is now."""
    beat, capture, now = session.last["status"], session.capture, session.status()
    genre = session.last.get("genre")
    publisher, control = session.publisher, session.control
    return StatusResult(
        **msgspec.structs.asdict(now),
        stream=beat.stream,
        session=beat.session,
        time=session.clock.utc(),
        started=session.started,
        genre_since=genre.time if genre else UNSET,
        reason=capture.reason,
        capture_since=session.capture_since,
        source=capture.source,
        sample_rate=capture.sample_rate,
        channels=capture.channels,
        subscribers=publisher.subscribers,
        events=publisher.endpoints,
        control=control.endpoints if control else [],
        values=dict(values),
        pid=os.getpid(),
        version=__version__,
    )
