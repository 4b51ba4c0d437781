"""Sounds that are no music, as files: a folder a kind."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 22050


def write_noises(folder: Path, *, kinds: int = 2, each: int = 3) -> Path:
    """Write hisses and hums of 3.5 s, each kind in a folder."""
    for kind in range(kinds):
        (folder / f"kind{kind}").mkdir(parents=True)
        for number in range(each):
            rng = np.random.default_rng(10 * kind + number)
            drawn = 0.1 * rng.standard_normal(int(3.5 * RATE))
            sound = drawn if kind == 0 else np.cumsum(drawn) / 200
            name = f"{'abc'[number % 3]}.wav"
            soundfile.write(folder / f"kind{kind}" / name, sound.astype(np.float32), RATE)
    return folder
