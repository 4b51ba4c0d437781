"""A recipe with small collections: labelled ones, music without labels, teachers' answers."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from array_files import write_arrays

GENRES = ["classical", "electronic", "pop", "rock"]
# Three artists a genre.
ARTISTS = [f"artist {clip % 4} {clip // 8}" for clip in range(20)]
RECIPE = """
[options]
model = "cnn-48-32-16-72"
epochs = 2
steps_per_epoch = 2
judge_every = 1
ema_momentum = 0.0
learning_rate = 3e-3

[mixture]
labels = ["blues", "classical", "country", "disco", "electronic", "hiphop", "jazz", "metal", "pop",
  "reggae", "rock"]

[[mixture.files]]
clips = "a.npz"
answers = "a-answers.npz"
part = "dev"
scale = "a"

[[mixture.files]]
clips = "b.npz"
answers = "b-answers.npz"
leave_out = ["pop"]
apart = "fold"

[[mixture.files]]
clips = "c.npz"
answers = "c.npz"

[[mixture.files]]
clips = "d.npz"
apart = "whole"
"""
FINE = """
[[mixture.draws]]
files = ["a.npz", "d.npz"]
windows = 6

[[mixture.draws]]
files = ["b.npz"]
windows = 4
even = true

[[mixture.draws]]
files = ["c.npz", "b.npz"]
windows = 5
labelled = false
"""
PRE = """
[[mixture.draws]]
files = ["a.npz", "b.npz", "c.npz", "d.npz"]
windows = 12
labelled = false
"""


def answers(clips: int, seed: int) -> dict[str, NDArray[np.generic]]:
    """Say something of windows (int8, with its scale) and of whole clips."""
    rng = np.random.default_rng(seed)
    return {
        "embedding": rng.integers(-90, 90, (clips, 5, 7)).astype(np.int8),
        "embedding_scale": np.full(7, 0.1, np.float32),
        "clip": rng.normal(3, 2, (clips, 4)).astype(np.float32),
    }


def write_recipe(folder: Path, draws: str = FINE) -> Path:
    """Write all collections and a recipe that draws from them; returns the recipe."""
    ids = {name: np.array([f"{name}{clip}" for clip in range(20)]) for name in "abd"}
    for seed, name in enumerate("abd"):
        own = {"genres": np.array(GENRES), "y": np.arange(20) % 4, "artists": np.array(ARTISTS)}
        write_arrays(folder / f"{name}.npz", seed, ids=ids[name], **(own if name == "b" else {}))
    said = answers(20, 5)
    np.savez(folder / "a-answers.npz", dev_ids=ids["a"], dev_clip=said["clip"] * 50)
    np.savez(folder / "b-answers.npz", ids=ids["b"], **answers(20, 6))  # type: ignore[arg-type]
    music = {"ids": np.repeat([f"song {n}" for n in range(10)], 2), "start_s": np.arange(20.0)}
    write_arrays(folder / "c.npz", 9, y=None, genres=None, **music, **answers(20, 7))
    path = folder / f"{'fine' if draws == FINE else 'pre'}.toml"
    path.write_text(RECIPE + draws)
    return path
