"""The daemon's loop: a live input through the pipeline onto the socket, for months.

A thread reads; this loop, in the main thread, waits for its blocks, for subscriptions, for signals
and for the time, whichever comes first, and never for a device.
"""

import contextlib
from collections.abc import Mapping

from msgspec import structs

from genred.audio.recovery import Do, Recovery, Saw, State, Times
from genred.audio.source import Block, Input, LiveSource, MisplacedError
from genred.errors import GenredError, UsageError
from genred.events import CaptureState
from genred.pipeline import Model, Pipeline
from genred.service.clock import Clock, elapsed
from genred.service.control import Answers, LiveControls
from genred.service.hearing import Hearing
from genred.service.inbox import MOST_BLOCKS, NOTHING, Failed, Finished, Inbox, Opened
from genred.service.reader import Reader
from genred.service.session import Session, Told
from genred.service.stop import StopSignal
from genred.service.systemd import Notifier, StatusLine
from genred.service.tuning import Change, Tuning
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher

TICK_S = 0.25
"""how often the loop looks around while no block wakes it"""
DEVICE_S = 1.0
"""devices that come and go without rest are tried no more often"""
SLEPT_S = 1.0
"""a machine that slept so long lost its capture"""
_WAITING = {State.RECOVERING, State.LOST, State.PAUSED}  # all is well though no audio comes
_TELL_S = 1.0  # overruns are told no more often
_JOIN_S = 0.2  # what the last reader has to let go of its child; it is a daemon, so no more
_END_OF_STREAM = "end of stream"


class Live:
    """One session of a live input.

    `model` has the labels that are wished; `tuning` is where changes come from, none without it.
    `wait=False`: an input that can't be opened at first is an error, not something to wait for.
    `control` is where it can be asked and told things.
    """

    def __init__(
        self,
        model: Model,
        chosen: Input,
        publisher: Publisher,
        clock: Clock,
        stop: StopSignal,
        *,
        wait: bool = True,
        times: Times | None = None,
        told: Told | None = None,
        notifier: Notifier | None = None,
        control: ControlSocket | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self._notifier = notifier or Notifier()
        told = StatusLine(self._notifier, told)
        self._pipeline = pipeline = Pipeline(model, tuning.tracking if tuning else None)
        self._tuning = tuning
        self._sample_rate = pipeline.spec.sample_rate
        self._input = chosen
        self._clock = clock
        self._stop = stop
        self._wait = wait
        self._session = session = Session(
            pipeline, model.metadata, publisher, clock, stop, chosen.name, told, control
        )
        session.answering = Answers(LiveControls(session, self))
        self._hearing = Hearing(pipeline, self._session, clock, drops=chosen.drops)
        self._recovery = Recovery(
            clock.monotonic(), times, quiet_is_silence=chosen.quiet_is_silence
        )
        self._reader: Reader | None = None
        self._closed: Reader | None = None
        self._source: LiveSource | None = None
        self._devices: object = None
        self._look_s = float("-inf")
        self._attempts = 0
        self._overruns = _Overruns()
        self._asleep_s = clock.asleep()
        self._heard = False

    def run(self) -> None:
        """Capture until a stop is asked for or the input ends.

        Raises GenredError if the socket can't be bound, or, with `wait=False`, if there is nothing
        to capture; UsageError for a name that several devices have.
        """
        self.begin()
        try:
            while not self.ended:
                self.turn()
        finally:
            self.close()

    def begin(self) -> None:
        """Bind, and begin to watch for devices; raises as `Session.begin`."""
        self._session.begin()
        self._input.start(self._stop.ring)
        self._notifier.ready()

    def close(self) -> None:
        """Let go of the input."""
        self._close()
        self._input.stop()
        if self._closed:
            self._closed.join(_JOIN_S)

    @property
    def audio_time(self) -> float:
        """Seconds of audio so far, losses included."""
        return self._pipeline.audio_time

    @property
    def opened(self) -> bool:
        """Whether a source is open, blocks or none."""
        return self._source is not None

    @property
    def ended(self) -> bool:
        """Whether the capture has come to its end."""
        return self._recovery.state is State.ENDED

    def turn(self) -> None:
        """Wait for whatever comes first, and do all that is to be done."""
        self._session.wait_until(self._due_s())
        self._stop.hush()
        if self._stop.requested:
            self._step(Saw.STOP, "interrupted")
            return
        if self._stop.take_reload():
            with contextlib.suppress(GenredError):  # it was said, and nothing has changed
                self.reload()
        self._note_sleep()
        self._take_notes()  # that it was opened, before the first block
        self._take_blocks()
        self._take_notes()  # what became of it, after the last
        self._look_around()
        saw = self._recovery.due(self._clock.monotonic())
        if saw is not None:
            self._step(saw, self._reason(saw))
        self._hearing.pass_time(self._recovery.state)
        self._tell_overruns()
        if self._recovery.state in _WAITING:
            self._notifier.watchdog()

    def pause(self) -> None:
        """Close the input until `resume`; the genre is withdrawn at once."""
        self._step(Saw.PAUSE, "asked to pause")
        if self._recovery.state is State.PAUSED:
            self._hearing.withdraw()

    def resume(self) -> None:
        """Open it again."""
        self._step(Saw.RESUME, "asked to resume")

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Change values by dotted key until this process ends; raises as `Tuning.set`."""
        return self._retune(self._tuned().set(values))

    def reload(self) -> Mapping[str, object]:
        """Read the config again; raises as `Tuning.reload`, and then all stays as it was."""
        tuning = self._tuned()
        self._notifier.reloading()
        try:
            return self._retune(tuning.reload())
        finally:
            self._notifier.ready()

    @property
    def was_set(self) -> Mapping[str, object]:
        """What `set` has changed and still holds, by dotted key."""
        return self._tuning.was_set if self._tuning else {}

    def _tuned(self) -> Tuning:
        if self._tuning is None:
            raise GenredError("this session was started without a config; start it with genred run")
        return self._tuning

    def _retune(self, change: Change) -> Mapping[str, object]:
        """Go on by other figures and labels from here on, and say what is called otherwise now."""
        for record in self._pipeline.retune(change.model, change.tracking, change.names):
            self._session.say(record)
        return change.told

    def _due_s(self) -> float:
        due = self._recovery.due_s
        hearing = self._recovery.state is State.CAPTURING
        tick = float("inf") if hearing else self._clock.monotonic() + TICK_S
        return tick if due is None else min(due, tick)

    # What was seen becomes a step; a step becomes deeds and an event.

    def _step(self, saw: Saw, reason: str, *, lost_s: float = 0.0) -> None:
        before = self._recovery.state
        deed = self._recovery.step(saw, self._clock.monotonic())
        state = self._recovery.state
        if deed is Do.CLOSE:
            self._close()
        elif deed is Do.OPEN:
            self._open()
        if state is State.ENDED and before is not State.ENDED:
            self._end(reason)
        elif state is not before:
            self._session.say_capture(_on_the_wire(state), reason, lost_s=lost_s)
        if state is State.LOST:
            wait_s = self._recovery.wait_s
            self._step(Saw.AGAIN, f"{reason}; next attempt in {wait_s:g} s")

    def _open(self) -> None:
        inbox = Inbox(self._stop.ring, drops=self._input.drops)
        self._devices = self._input.devices()
        self._attempts += 1
        self._look_s = self._clock.monotonic() + DEVICE_S
        self._reader = Reader(self._input, self._sample_rate, lambda: elapsed(self._clock), inbox)

    def _close(self) -> None:
        if self._reader:
            self._reader.cancel()
        self._overruns.look(self._source)
        self._closed = self._reader or self._closed
        self._reader = self._source = None

    def _end(self, reason: str) -> None:
        self._notifier.stopping()
        if reason == _END_OF_STREAM:
            self._hearing.flush()
        self._session.beat()
        self._session.say_capture("ended", reason)

    def _reason(self, saw: Saw) -> str:
        """Say why time alone makes a step."""
        if saw is not Saw.QUIET:
            return "opening"
        what = {
            State.RECOVERING: "opened, but nothing arrives" if self.opened else "it does not open",
            State.CAPTURING: "nothing arrives any more",
        }.get(self._recovery.state, "still nothing arrives")
        trouble = self._source.trouble() if self._source else ""
        return f"{what}: {trouble}" if trouble else what

    # What comes in.

    def _note_sleep(self) -> None:
        asleep_s = self._clock.asleep()
        slept_s, self._asleep_s = asleep_s - self._asleep_s, asleep_s
        if slept_s > SLEPT_S:
            self._step(Saw.SLEPT, f"suspended: the machine slept {slept_s:.0f} s")
            self._step(Saw.DEVICE, "the machine woke")

    def _take_blocks(self) -> None:
        for _ in range(MOST_BLOCKS):
            block, dropped, samples = self._reader.inbox.take_block() if self._reader else NOTHING
            if block is None:
                return
            self._overruns.note(dropped)
            self._hear(block, samples / self._sample_rate)
        self._stop.ring()  # there may be more, but others have waited

    def _take_notes(self) -> None:
        while self._reader:
            match self._reader.inbox.take_note():
                case Opened(source):
                    self._source = source
                    self._session.capture = structs.replace(
                        self._session.capture,
                        source=source.name,
                        sample_rate=source.sample_rate,
                        channels=source.channels,
                    )
                    self._step(Saw.OPENED, "opened")
                case Failed(error):
                    self._fail(error)
                case Finished():
                    self._step(Saw.FINISHED, _END_OF_STREAM)
                case None:
                    return

    def _fail(self, error: Exception) -> None:
        if isinstance(error, MisplacedError) and error.follow:
            self._step(Saw.FOLLOW, str(error))
            return
        wrong_use = isinstance(error, UsageError) and self._attempts == 1
        if not self._heard and (wrong_use or not self._wait):
            raise error
        self._step(Saw.FAILED, str(error))

    def _look_around(self) -> None:
        """See what comes without a block: devices, and a source that was moved."""
        if self._recovery.state is State.RECOVERING and self._clock.monotonic() >= self._look_s:
            devices = self._input.devices()
            if devices != self._devices:
                self._devices = devices
                self._step(Saw.DEVICE, "a device came or went")
        if self._source is None:
            return
        try:
            self._source.check_place()
        except MisplacedError as error:
            self._fail(error)
            return
        if self._hearing.doubts(self._source):
            self._step(Saw.FOLLOW, "only digital zeros though something plays")

    def _hear(self, block: Block, dropped_s: float) -> None:
        resumes = self._recovery.state is not State.CAPTURING
        if self._hearing.is_late(block, dropped_s):
            self._overruns.note(1)
            if not resumes:  # it did arrive, but only one that is heard begins a capture
                self._step(Saw.BLOCK, "audio arrives")
            return
        lost_s = self._hearing.lost_before(block, dropped_s, resumes=resumes)
        if lost_s > 0 and not resumes:
            self._session.say_capture("capturing", "audio was lost", lost_s=lost_s)
        self._step(Saw.BLOCK, "audio arrives", lost_s=lost_s)
        self._heard = True
        self._hearing.push(block)
        self._notifier.watchdog()

    def _tell_overruns(self) -> None:
        self._overruns.look(self._source)
        count = self._overruns.news(self._clock.monotonic())
        if count:
            held = self._session.capture
            self._session.capture = structs.replace(held, overruns=self._overruns.total)
            self._session.say_capture(
                _on_the_wire(self._recovery.state), f"overrun: {count} blocks were dropped"
            )


def _on_the_wire(state: State) -> CaptureState:
    return state.value


class _Overruns:
    """Blocks that were dropped, here or below us, and when to tell of them."""

    def __init__(self) -> None:
        self.total = 0
        self._told = 0
        self._next_s = float("-inf")
        self._below = 0

    def note(self, dropped: int) -> None:
        """Add what our own queue dropped."""
        self.total += dropped

    def look(self, source: LiveSource | None) -> None:
        """Add what the source says was dropped below it, since it was opened."""
        below = source.overflows if source else 0
        self.total += max(0, below - self._below)
        self._below = below

    def news(self, now_s: float) -> int:
        """Return how many are to be told now."""
        count = self.total - self._told
        if not count or now_s < self._next_s:
            return 0
        self._told, self._next_s = self.total, now_s + _TELL_S
        return count
