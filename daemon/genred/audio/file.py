"""Recorded files as a stream: any that libsndfile reads, never the whole of it in memory."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genred.audio.mono import MonoMix
from genred.audio.source import BLOCK_S, Block
from genred.errors import GenredError

_RATES = range(1000, 768001)  # Hz
_MOST_SAMPLES = 1 << 21  # of a block, all channels: 8 MiB


class FileSource:
    """One recorded file, mixed to mono and resampled as it is read.

    Raises GenredError, one line with the mend, for what can't be opened or read.
    """

    def __init__(self, path: Path, sample_rate: int, block_s: float = BLOCK_S) -> None:
        self._path = path
        self._target_rate = sample_rate
        self._file = _open(path)
        self._check_rate()
        # A header of a few bytes can say a thousand channels; what is read at a time is bounded.
        most = max(1, _MOST_SAMPLES // self.channels)
        self._block_frames = min(max(1, round(block_s * self.sample_rate)), most)

    @property
    def name(self) -> str:
        """The path as it was given."""
        return printable(self._path)

    @property
    def sample_rate(self) -> int:
        """The file's own rate, in Hz."""
        return int(self._file.samplerate)

    @property
    def channels(self) -> int:
        """The file's own channels."""
        return int(self._file.channels)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _check_rate(self) -> None:
        if self.sample_rate not in _RATES:
            self.close()
            raise GenredError(
                f"{self.name}: says that it has {self.sample_rate} samples a second; "
                f"convert it to a rate from {_RATES.start} to {_RATES.stop - 1}"
            )

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks of `block_s` at most, the last ones shorter; the first may be empty."""
        mix = MonoMix(self.channels, self.sample_rate)
        resampler = soxr.ResampleStream(
            self.sample_rate, self._target_rate, 1, dtype="float32", quality="HQ"
        )
        for samples, last in self._read():
            yield Block(resampler.resample_chunk(mix.push(samples), last=last))

    def _read(self) -> Iterator[tuple[NDArray[np.float32], bool]]:
        """Yield samples (n, channels) and whether they are the last.

        libsndfile stumbles over Opus pages whose count of samples does not fit their packets (as
        ffmpeg writes them), and goes on with the next packet when it is asked again. So a read that
        fails is tried again; one that fails twice at the same place is a damaged file.
        """
        buffer = np.empty((self._block_frames, self.channels), np.float32)
        stuck = False
        at = 0
        while True:
            try:
                count = len(self._file.read(out=buffer))
            except soundfile.SoundFileError as error:
                count = self._place(at) - at
                if stuck and not count:
                    raise GenredError(
                        f"{self.name}: damaged {at / self.sample_rate:.1f} s from its start "
                        f"({_reason(error)}); convert it anew"
                    ) from error
                stuck = not count
                at += count
                yield buffer[:count], False
                continue
            stuck = False
            at += count
            yield buffer[:count], count < self._block_frames
            if count < self._block_frames:
                return

    def _place(self, before: int) -> int:
        """Return at which frame it stands after a read that failed, which began at `before`."""
        try:
            reached = int(self._file.tell())
        except soundfile.SoundFileError:  # some kinds of files can't be asked
            return before
        return min(max(reached, before), before + self._block_frames)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is only read onwards; python-soundfile would seek after every read."""

    def seekable(self) -> bool:
        return False


def printable(path: Path) -> str:
    """Return a path as text that any output takes, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _open(path: Path) -> soundfile.SoundFile:
    name = printable(path)
    try:
        size = _size(path)
    except FileNotFoundError as error:
        raise GenredError(f"{name}: no such file") from error
    except OSError as error:
        raise GenredError(f"{name}: {error.strerror}") from error
    if size is None:
        raise GenredError(f"{name}: is a folder; name the files in it")
    if size == 0:
        raise GenredError(f"{name}: is empty")
    try:
        # python-soundfile would encode a name as strict UTF-8; bytes it takes as they are.
        return _ForwardFile(os.fsencode(path) if os.name == "posix" else path)
    except (soundfile.SoundFileError, RuntimeError, OSError) as error:
        target = shlex.quote(printable(Path(f"{path.stem}.flac")))
        raise GenredError(
            f"{name}: libsndfile can't read it ({_reason(error)}); "
            f"convert it first: ffmpeg -i {shlex.quote(name)} {target}"
        ) from error


def _size(path: Path) -> int | None:
    """Return the bytes of a file that may be read, None for a folder; raises OSError."""
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size


def _reason(error: Exception) -> str:
    """Say in libsndfile's words, without its place in our program, what was wrong."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".")
