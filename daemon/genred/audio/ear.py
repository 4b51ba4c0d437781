"""An input heard for a while in a thread of its own: whether it answers, how loud, how fast.

Levels are RMS of the mono mix in dBFS, as the silence gate sees it: a full-scale sine is -3.01.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from genred.audio.source import BLOCK_S, Block, Input, LiveSource
from genred.errors import GenredError

SAMPLE_RATE = 22050
"""Hz, to which all is resampled; what a model hears by default"""
FLOOR_DBFS = -120.0
"""what digital zeros have"""
OPENING_S = 8.0
"""how long an input may take to open; each has a shorter limit of its own"""
NOTHING_S = 2.5
"""an open input from which nothing came for so long does not answer; PulseAudio's null sinks give
their first block after 1.2 s"""
_KEPT_S = 10.0
_FEWEST_POINTS = 4
_END_S = 2.0


class Ear:
    """Opens an input at once and listens until it is closed; keeps the last seconds."""

    def __init__(self, chosen: Input) -> None:
        self.source: LiveSource | None = None
        """what was opened; None before"""
        self.problem: GenredError | None = None
        """why it can't be opened, or went; None while nothing is wrong"""
        self._chosen = chosen
        self._blocks: deque[Block] = deque(maxlen=round(_KEPT_S / BLOCK_S))
        self._news = threading.Condition()
        self._closed = self._ended = False
        self._since_s = time.monotonic()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    @property
    def blocks(self) -> list[Block]:
        """What was heard in the last seconds, oldest first; none of them is empty."""
        with self._news:
            return list(self._blocks)

    @property
    def answers(self) -> bool:
        """False once it failed, ended, or has been silent for longer than a source may be."""
        with self._news:
            return self._patience_s() > 0

    def wait(self, audio_s: float) -> None:
        """Wait until so much has been heard, or until it does not answer."""
        with self._news:
            while self._heard_s() < audio_s and self._patience_s() > 0:
                self._news.wait(self._patience_s())

    def close(self) -> None:
        """Listen no more; for the thread that made it. Does not wait for an input that opens."""
        with self._news:
            self._closed = True
            source = self.source
            self._news.notify_all()
        if source:
            source.close()
            self._thread.join(_END_S)

    def _heard_s(self) -> float:
        return sum(block.samples.size for block in self._blocks) / SAMPLE_RATE

    def _patience_s(self) -> float:
        """Seconds that it is still worth to wait for the next block."""
        if self._ended or self._closed:
            return 0.0
        limit_s = NOTHING_S if self.source else OPENING_S
        return self._since_s + limit_s - time.monotonic()

    def _listen(self) -> None:
        try:
            with self._chosen.open(SAMPLE_RATE, time.monotonic) as source:
                if not self._hold(source):
                    return
                for block in source:
                    self._take(source, block)
        except GenredError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a thread's end: told to whoever waits for it
            self._fail(GenredError(f"{type(error).__name__}: {error}"))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _hold(self, source: LiveSource) -> bool:
        """Remember the open source for `close`; False if that has come already."""
        with self._news:
            self.source, self._since_s = source, time.monotonic()
            return not self._closed

    def _take(self, source: LiveSource, block: Block) -> None:
        source.check_place()
        if not block.samples.size:
            return
        with self._news:
            if not self._closed:
                self._blocks.append(block)
                self._since_s = time.monotonic()
                self._news.notify_all()

    def _fail(self, error: GenredError) -> None:
        with self._news:
            if not self._closed:
                self.problem = error


def level_dbfs(blocks: Sequence[Block]) -> float | None:
    """RMS of blocks in dBFS, none below -120; None if there is nothing."""
    samples = _joined(blocks)
    if not samples.size:
        return None
    mean_square = float(np.mean(np.square(samples, dtype=np.float64)))
    return float(10 * np.log10(max(mean_square, 10 ** (FLOOR_DBFS / 10))))


def only_zeros(blocks: Sequence[Block]) -> bool:
    """Tell whether there is nothing but digital zeros."""
    return not _joined(blocks).any()


def rate_ratio(blocks: Sequence[Block]) -> float | None:
    """Real rate over nominal rate by regression; None if there are too few blocks to tell.

    The first block is left out: servers deliver a burst at first. Now and then two blocks come at
    once (PulseAudio's monitors, each two seconds), so the slope is the median over all pairs
    (Theil-Sen): least squares is 3 % off by it within two seconds.
    """
    points = [block for block in blocks[1:] if block.captured_s is not None]
    if len(points) < _FEWEST_POINTS:
        return None
    times = np.array([block.captured_s for block in points], np.float64)
    audio = np.cumsum([block.samples.size for block in points]) / SAMPLE_RATE
    earlier, later = np.triu_indices(len(points), 1)
    passed_s = times[later] - times[earlier]
    real = passed_s > 0
    if not real.any():
        return None
    return float(np.median((audio[later] - audio[earlier])[real] / passed_s[real]))


def _joined(blocks: Sequence[Block]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return np.concatenate([np.empty(0, np.float32), *(block.samples for block in blocks)])
