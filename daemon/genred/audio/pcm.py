"""Raw samples, as other programs write them, into blocks: bytes, frames, mono, one rate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from genred.audio.mono import MonoMix
from genred.audio.source import BLOCK_S, Block, Now

SAMPLE_BYTES = {"u8": 1, "s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4, "f64le": 8}
"""formats by the names that ffmpeg gives them, and the bytes of one sample"""


@dataclass(frozen=True)
class PcmFormat:
    """How bytes are to be read."""

    sample_rate: int
    """Hz"""
    channels: int
    """interleaved"""
    sample_format: str
    """a key of SAMPLE_BYTES"""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return SAMPLE_BYTES[self.sample_format] * self.channels

    def decode(self, raw: bytes | bytearray | memoryview) -> NDArray[np.float32]:
        """Turn whole frames into samples (n, channels), full scale 1.0."""
        flat = _decode(raw, self.sample_format)
        return flat.reshape(-1, self.channels)


def _decode(raw: bytes | bytearray | memoryview, sample_format: str) -> NDArray[np.float32]:
    match sample_format:
        case "u8":
            samples, full_scale = np.frombuffer(raw, np.uint8).astype(np.float32) - 128, 2.0**7
        case "s16le":
            samples, full_scale = np.frombuffer(raw, "<i2"), 2.0**15
        case "s24le":
            # Three bytes into the upper three of four, so that the sign comes along.
            wide = np.zeros((len(raw) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
            samples, full_scale = wide.view("<i4").ravel(), 2.0**31
        case "s32le":
            samples, full_scale = np.frombuffer(raw, "<i4"), 2.0**31
        case "f64le":
            samples, full_scale = np.frombuffer(raw, "<f8"), 1.0
        case _:
            samples, full_scale = np.frombuffer(raw, "<f4"), 1.0
    # What no float32 holds is infinite then, and silenced as such.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(samples, np.float32) / np.float32(full_scale)


class Feed(Protocol):
    """Where bytes come from."""

    def fill(self, buffer: memoryview) -> int:
        """Wait until the buffer is full or the feed ends; return the bytes that are in it."""


class PcmBlocks:
    """Blocks of `BLOCK_S` from a feed of bytes, mixed to mono and resampled.

    Where `now` is given, each block carries when its newest sample was sound: when its last byte
    was read, less `fragment_s`, in which the feed collects before it hands over, less what the
    resampler holds back.
    """

    def __init__(
        self,
        feed: Feed,
        given: PcmFormat,
        sample_rate: int,
        now: Now | None = None,
        fragment_s: float = 0.0,
    ) -> None:
        self._feed = feed
        self._given = given
        self._target_rate = sample_rate
        self._now = now
        self._fragment_s = fragment_s
        self._mix = MonoMix(given.channels, given.sample_rate)
        self._resampler = soxr.ResampleStream(
            given.sample_rate, sample_rate, 1, dtype="float32", quality="HQ"
        )

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks to the end of the feed, the last one shorter; the first may be empty."""
        frame = self._given.frame_bytes
        buffer = memoryview(bytearray(frame * max(1, round(BLOCK_S * self._given.sample_rate))))
        while True:
            count = self._feed.fill(buffer)
            read_s = self._now() if self._now else None
            last = count < len(buffer)
            # A frame that was cut off by the end is no sound.
            yield self._block(self._given.decode(buffer[: count - count % frame]), read_s, last)
            if last:
                return

    def _block(self, samples: NDArray[np.float32], read_s: float | None, last: bool) -> Block:
        mono = self._resampler.resample_chunk(self._mix.push(samples), last=last)
        if read_s is None:
            return Block(mono)
        held_s = 0.0 if last else self._resampler.delay() / self._target_rate
        return Block(mono, captured_s=read_s - self._fragment_s - held_s)
