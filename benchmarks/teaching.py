"""What a handful of clips teaches: `python benchmarks/teaching.py DEV.npz`.

The array names performers. In each draw half of the performers of every genre are there to be
learnt from, as other music too, and the other half is measured on: nobody is on both sides. Each
genre is taught under a name of its own ("my rock"), and recognised is a clip whose highest mean
probability that name has; taken is a clip of another genre that gets it. Intervals are 95 %, by
bootstrap over draws. `--weight` is that of the option of `genred run`. Prints rows for
docs/teaching.md.
"""

import os

# Before numpy: one thread for every library.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.model.classifier import Classifier
from genred.model.metadata import Figure
from genred.model.shipped import load_model
from genred.taught.head import Head, learn
from genred.taught.lesson import Lesson, Song, Taught
from genred.taught.sharing import Sharing
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips
from genred_train.evaluation.bootstrap import ratio
from genred_train.evaluation.clips import clip_windows

SONGS = (5, 10)
OTHERS = (0, 10, 30)
Flags = NDArray[np.bool_]


def main() -> None:
    """Hear all clips once, then teach and measure in each draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arrays", type=Path, help="clips with `artists`")
    parser.add_argument("--model", default="base")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--weight", type=float, default=1.0, help="of what is taught")
    parser.add_argument("--genre", action="append", help="only this one; several times")
    arguments = parser.parse_args()
    model = Classifier(load_model(arguments.model))
    clips = load_arrays(arguments.arrays, model.metadata.features)
    trial = Trial(model, clips, [hear(model, clips, clip) for clip in range(len(clips))])
    trial.weight = arguments.weight
    told = f"{model.metadata.name} {model.metadata.version}"
    print(f"{told}, {clips.name}, {arguments.draws} draws\n")
    print("| taught | songs | others | recognised | taken | share of its own | of others |")
    print("|---|--:|--:|---|---|--:|--:|")
    for genre in arguments.genre or clips.genres:
        for others in OTHERS:
            for songs in SONGS:
                trial.row([genre], songs, others, arguments.draws)
    for others in () if arguments.genre else OTHERS:
        trial.row(clips.genres[:2], SONGS[-1], others, arguments.draws)


def hear(model: Classifier, clips: Clips, clip: int) -> Song:
    """Hear one clip, window by window."""
    said, vectors = [], []
    for window in clip_windows(clips.levels_db(clip), model.metadata.features):
        said.append(model.probabilities(window))
        vectors.append(model.embedding())
    return Song(clips.ids[clip], np.stack([v for v in vectors if v is not None]), np.stack(said))


class Trial:
    """All clips as they were heard, and who plays what."""

    def __init__(self, model: Classifier, clips: Clips, songs: list[Song]) -> None:
        self.weight = 1.0
        self._metadata = model.metadata
        self._songs = songs
        self._artists = np.array(clips.artists)
        self._genres = np.array([clips.label(clip) for clip in range(len(clips))])

    def row(self, genres: Sequence[str], count: int, others: int, draws: int) -> None:
        """Print one row: genres taught at once, so many songs of each."""
        found = [self._draw(genres, count, others, np.random.default_rng(n)) for n in range(draws)]
        right, own, taken, rest, claims, claims_else = np.array(found).T
        recognised, stolen = _figure(right, own), _figure(taken, rest)
        print(
            f"| {' and '.join(genres)} | {count} | {others} | {recognised} | {stolen} | "
            f"{claims.mean():.2f} | {claims_else.mean():.2f} |",
            flush=True,
        )

    def _draw(
        self, genres: Sequence[str], count: int, others: int, rng: np.random.Generator
    ) -> tuple[float, ...]:
        """Return recognised, all of it, taken, all others, and mean shares of both."""
        here = self._performers(rng)
        lessons = [
            Lesson(f"my {genre}", "", self._pick(here & (self._genres == genre), count, rng))
            for genre in genres
        ]
        other = self._pick(here & ~np.isin(self._genres, genres), others, rng)
        taught = Taught(lessons, other).ordered()
        head = learn(taught, len(self._metadata.labels))
        sharing = Sharing(self._metadata.labels, taught.names, self._metadata.head)
        said = np.stack(
            [self._said(clip, head, sharing) for clip in np.flatnonzero(~here).tolist()]
        )
        wanted = np.array([f"my {genre}" for genre in self._genres[~here]])
        best = np.array(sharing.labels)[said.argmax(axis=1)]
        own = np.isin(wanted, taught.names)
        places = [sharing.labels.index(name) for name in taught.names]
        shares = said[:, places].sum(axis=1)
        return (
            float((best == wanted)[own].sum()),
            float(own.sum()),
            float(np.isin(best, taught.names)[~own].sum()),
            float((~own).sum()),
            float(shares[own].mean()),
            float(shares[~own].mean()),
        )

    def _performers(self, rng: np.random.Generator) -> Flags:
        """Tell which clips are by the half of the performers that may be learnt from."""
        chosen: set[str] = set()
        for genre in np.unique(self._genres):
            all_of_it = np.unique(self._artists[self._genres == genre])
            chosen.update(rng.permutation(all_of_it)[: len(all_of_it) // 2].tolist())
        return np.isin(self._artists, sorted(chosen))

    def _pick(self, of: Flags, count: int, rng: np.random.Generator) -> list[Song]:
        """Pick clips, of as many performers as there are."""
        mixed = rng.permutation(np.flatnonzero(of))
        seen: dict[str, int] = {}
        turns = []
        for clip in mixed:
            seen[self._artists[clip]] = seen.get(self._artists[clip], 0) + 1
            turns.append(seen[self._artists[clip]])
        chosen = mixed[np.argsort(turns, kind="stable")][:count]
        return [self._songs[clip] for clip in chosen]

    def _said(self, clip: int, head: Head, sharing: Sharing) -> NDArray[np.float32]:
        song = self._songs[clip]
        odds = self.weight * head.odds(song.probabilities, song.embeddings)
        return np.asarray(sharing.shared(song.probabilities, odds).mean(axis=0))


def _figure(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Figure:
    return ratio(part, whole, int(whole.sum() / len(whole)))


if __name__ == "__main__":
    main()
