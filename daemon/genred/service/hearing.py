"""What is done with live audio: what is missing is counted, the rest heard, checked and published.

Times are seconds since the session began, by a clock that runs on while the machine sleeps. The
audio's time is held to it: a loss moves it on, so it never stays behind by more than the latency.
"""

from msgspec import structs

from genred.audio.recovery import State
from genred.audio.source import BLOCK_S, Block, LiveSource
from genred.audio.timekeeping import HoleCheck, RateCheck
from genred.events import PredictionRecord
from genred.pipeline import Pipeline
from genred.service.clock import Clock, elapsed
from genred.service.session import Session

COLLECTED_S = 2 * BLOCK_S + 0.1
"""what may be on its way: a fragment at the server, a block being read, the resampler"""
DOUBT_S = 10.0
"""exact zeros for so long are doubted where something plays"""
LATE_S = 0.5
"""a block that puts the audio so far ahead of the clock comes out of a backlog"""
AHEAD_S = 2.0
"""so far ahead the audio is never let, whatever it comes from"""
STEADY_BLOCKS = 16
"""blocks in time after which no backlog is to be feared"""
ZEROS_S = 60.0
"""exact zeros for so long are told"""
HURRY_S = 10.0
"""a pipe that is so far ahead of the clock is no clock that is off"""


class Hearing:
    """The ear of one session. `drops`: sound goes on while nobody reads, so it can be missed."""

    def __init__(self, pipeline: Pipeline, session: Session, clock: Clock, *, drops: bool) -> None:
        self._pipeline = pipeline
        self._session = session
        self._clock = clock
        self._drops = drops
        self._sample_rate = pipeline.spec.sample_rate
        self._origin_s = elapsed(clock)
        self._rate, self._holes, self._zeros = RateCheck(), HoleCheck(), ZerosCheck()
        self._arrived_s = 0.0
        """all audio that came, also what was dropped here"""
        self._last_s = 0.0
        """when the newest sample was sound"""
        self._lost_s = 0.0
        """lost since then"""
        self._unsteady = 0
        """blocks until what was held up below must have come"""
        self._hurries = False
        """whether a pipe comes faster than real time; then it has no rate to be wrong"""
        self._doubted = False
        """whether zeros have been doubted, and sound has not come since"""
        self._skipped = False
        """whether there were late ones before the next block"""

    def is_late(self, block: Block, dropped_s: float) -> bool:
        """Tell whether a block is part of a backlog whose time has been counted as lost already.

        After a time without audio, what was held up somewhere below may all come at once. Where
        the audio gets ahead of the clock by more than any backlog, it is brought back likewise.
        What was dropped before a late block was of the same backlog.
        """
        if not self._drops:
            return False
        ahead_s = self._ahead_s(block)
        if ahead_s > AHEAD_S:
            self._unsteady = STEADY_BLOCKS
        if not self._unsteady:
            return False
        late = ahead_s > LATE_S
        self._unsteady -= not late
        if late:
            self._skipped = True
            self._holes.reset()  # what is skipped is no hole
            self._arrived_s += dropped_s + block.samples.size / self._sample_rate
        return late

    def lost_before(self, block: Block, dropped_s: float, *, resumes: bool) -> float:
        """Count what is missing before a block into the audio's time; return all of that loss.

        `resumes`: it is the first block after a time without any.
        """
        captured_s, behind_s = self._captured_s(block), -self._ahead_s(block)
        self._arrived_s += dropped_s
        if resumes:
            self._restart()
            missing_s = max(0.0, behind_s)
        elif self._drops:
            # No more than the clock knows of: a backlog may have been counted as lost before.
            missing_s = min(dropped_s, max(0.0, behind_s))
            hole_s = self._holes.push(captured_s, captured_s - behind_s + missing_s)
            missing_s += hole_s
            if hole_s > 0:
                self._rate.reset()
        else:
            missing_s = 0.0
        if resumes or missing_s > 0 or self._skipped:
            self._lose(missing_s)
        self._skipped = False
        lost_s, self._lost_s = self._lost_s, 0.0
        return lost_s

    def push(self, block: Block) -> None:
        """Hear a block, publish what it gives, and check it."""
        captured_s, audio_s = self._captured_s(block), self._pipeline.audio_time
        begun_s = self._clock.monotonic()
        records = self._pipeline.push(Block(block.samples))
        length_s = self._pipeline.audio_time - audio_s
        self._session.note_work(self._clock.monotonic() - begun_s, length_s)
        for record in records:
            if isinstance(record, PredictionRecord):
                newest_s = captured_s - (self._pipeline.audio_time - record.audio_time)
                latency_ms = 1000 * (self._now_s() - newest_s)
                self._session.say(structs.replace(record, latency_ms=latency_ms))
            else:
                self._session.say(record)
        self._last_s = captured_s
        self._arrived_s += length_s
        self._check(length_s, zeros=not block.samples.any())

    def doubts(self, source: LiveSource) -> bool:
        """Tell, once until there is sound again, that zeros come though something plays.

        A recorder on PipeWire hears nothing but zeros for good once its sink was suspended.
        """
        if self._doubted or self._zeros.lasting_s < DOUBT_S or not source.sounding():
            return False
        self._doubted = True
        return True

    def flush(self) -> None:
        """Hear what is left of a stream that ended."""
        for record in self._pipeline.flush():
            self._session.say(record)

    def pass_time(self, state: State) -> None:
        """Let time pass without audio: the genre is withdrawn after `resume_s` of it.

        An open source may still deliver what is late, so the audio's time waits for it; once it
        is closed, all time is lost but what the next one may just be collecting.
        """
        now_s = self._now_s()
        if state in (State.LOST, State.RECOVERING, State.PAUSED):
            self._lose(max(0.0, now_s - COLLECTED_S - self._pipeline.audio_time))
        elif now_s - self._last_s >= self._pipeline.tracking.resume_s:
            self.withdraw()

    def withdraw(self) -> None:
        """Take back what was announced."""
        for record in self._pipeline.withdraw():
            self._session.say(record)

    def _lose(self, lost_s: float) -> None:
        self._lost_s += lost_s
        for record in self._pipeline.lose(lost_s):
            self._session.say(record)

    def _restart(self) -> None:
        """Measure anew after a loss."""
        self._unsteady = STEADY_BLOCKS
        self._rate.reset()
        self._holes.reset()
        self._zeros.reset()

    def _check(self, length_s: float, *, zeros: bool) -> None:
        """See whether what arrives is sound, and at the rate that it is said to have."""
        self._doubted &= zeros
        told = self._zeros.push(length_s, zeros=zeros)
        self._session.zeros_s = self._zeros.lasting_s
        ratio = self._rate.push(self._last_s, self._arrived_s)
        for reason in (told, self._about(ratio), self._about_hurry()):
            if reason:
                self._session.say_capture("capturing", reason)

    def _about(self, ratio: float | None) -> str:
        """Put a rate that is to be told into words."""
        if ratio is None or self._hurries:
            return ""
        rate = self._session.capture.sample_rate
        nominal = rate if isinstance(rate, int) else self._sample_rate
        real = f"{ratio * nominal:.0f} Hz, not {nominal} Hz"
        if not self._rate.off:
            return f"the sample rate is right again ({ratio * nominal:.0f} Hz)"
        how = "fast" if ratio > 1 else "slow"
        return (
            f"the source runs {abs(ratio - 1):.1%} too {how}: {real}; "
            "a wrong sample rate makes every genre wrong"
        )

    def _ahead_s(self, block: Block) -> float:
        """How far the audio would be ahead of the clock with this block; negative: behind."""
        length_s = block.samples.size / self._sample_rate
        return self._pipeline.audio_time + length_s - self._captured_s(block)

    def _about_hurry(self) -> str:
        """Say once that a pipe comes much faster than it sounds, which is no fault."""
        if self._drops or self._hurries or self._pipeline.audio_time - self._now_s() < HURRY_S:
            return ""
        self._hurries = True
        return "comes faster than real time"

    def _captured_s(self, block: Block) -> float:
        at_s = elapsed(self._clock) if block.captured_s is None else block.captured_s
        return at_s - self._origin_s

    def _now_s(self) -> float:
        return elapsed(self._clock) - self._origin_s


class ZerosCheck:
    """Exact zeros: no microphone gives them, so somebody has muted it, or nothing plays."""

    def __init__(self) -> None:
        self.lasting_s = 0.0
        """how long there have been nothing but zeros"""
        self._told = False

    def reset(self) -> None:
        """Begin anew after a loss."""
        self.lasting_s, self._told = 0.0, False

    def push(self, length_s: float, *, zeros: bool) -> str:
        """Take a block's length and whether it was nothing but zeros; return what is to be told."""
        if zeros:
            self.lasting_s += length_s
            if self._told or self.lasting_s < ZEROS_S:
                return ""
            self._told = True
            return "only digital zeros: muted?"
        told, self._told, self.lasting_s = self._told, False, 0.0
        return "sound again after digital zeros" if told else ""
