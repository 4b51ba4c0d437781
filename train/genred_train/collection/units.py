"""Tracks, or all tracks of an artist, kept whole and dealt out to the sides of a split."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.labelled import Labelled
from genred_train.collection.stratified import allocate, lacking


def deal_out(clips: Labelled, shares: Sequence[float], seed: int, *, by_artist: bool) -> list[int]:
    """Return the side of each clip, an index into `shares`, which sum to 1.

    Raises GenredError, one line, if a genre has too few tracks or artists for all sides.
    """
    tracks = {track: track for track in clips.tracks}
    # Where nobody knows an artist, each track stands for itself.
    by_artist = by_artist and any(map(artist_key, clips.artists))
    unit_of = _artist_units(clips) if by_artist else tracks
    units = sorted(set(unit_of.values()))
    counts = _counts(clips, unit_of, units)
    what = "artist" if by_artist else "track"
    _check_enough(clips, counts, len(shares), what)
    sides = allocate(counts, np.array(shares), seed)
    _check_covered(clips, lacking(counts, sides, len(shares)), len(shares), what)
    side_of = dict(zip(units, sides.tolist(), strict=True))
    return [side_of[unit_of[track]] for track in clips.tracks]


def artist_key(artist: str) -> str:
    """Return an artist's name as it is compared: without case, with single spaces."""
    return " ".join(artist.casefold().split())


def _artist_units(clips: Labelled) -> dict[str, str]:
    """Name what each track must stay together with: all by its artist, or only itself."""
    artists = clips.artists or [""] * len(clips.tracks)
    units: dict[str, str] = {}
    # Sorted, so that a track whose clips name several artists has the last, in whatever order
    # they come, and that of any that is known.
    for track, artist in sorted(zip(clips.tracks, artists, strict=True)):
        name = artist_key(artist)
        units[track] = f"artist {name}" if name else f"track {track}"
    return units


def _counts(clips: Labelled, unit_of: dict[str, str], units: Sequence[str]) -> NDArray[np.int64]:
    """(units, genres + 1): tracks of each genre, and of none, in each unit."""
    targets: dict[str, NDArray[np.bool_]] = {}
    for track, target in zip(clips.tracks, clips.targets > 0, strict=True):
        targets[track] = targets.get(track, np.zeros_like(target)) | target
    row = {unit: number for number, unit in enumerate(units)}
    counts = np.zeros((len(units), len(clips.genres) + 1), np.int64)
    for track, target in targets.items():
        counts[row[unit_of[track]]] += np.append(target, not target.any())
    return counts


def _check_enough(clips: Labelled, counts: NDArray[np.int64], n_sides: int, what: str) -> None:
    units = (counts > 0).sum(axis=0)
    names = [*clips.genres, "no genre"]
    present = [name for name, n in zip(names, units, strict=True) if n]
    if len(present) < 2:  # noqa: PLR2004 - nothing to tell apart
        raise GenredError(
            f"{clips.name}: one genre only ({', '.join(present)}); a split needs two or more"
        )
    for name, n in zip(clips.genres, units.tolist(), strict=False):
        if 0 < n < n_sides:
            raise GenredError(
                f"{clips.name}: {name} has {n} {what}{'s' * (n > 1)}, and {n_sides} parts need "
                f"{n_sides}; {_mend(clips, n_sides, what)}"
            )


def _check_covered(clips: Labelled, bare: NDArray[np.bool_], n_sides: int, what: str) -> None:
    for genre in np.flatnonzero(bare[:, :-1].any(axis=0)):
        raise GenredError(
            f"{clips.name}: {clips.genres[genre]} can't be on every side, because its {what}s are "
            f"of other genres too; {_mend(clips, n_sides, what)}"
        )


def _mend(clips: Labelled, n_sides: int, what: str) -> str:
    """Say what would do; a split by track only where each genre has tracks enough for it."""
    advice = f"add {what}s of it, or leave the genre out"
    if what == "track":
        return advice
    tracks = {track: track for track in clips.tracks}
    enough = (_counts(clips, tracks, sorted(tracks)) > 0).sum(axis=0)[:-1]
    if ((enough > 0) & (enough < n_sides)).any():
        return advice
    return (
        f"{advice}; or split by track (--split track), which works but flatters: the same artists "
        "are heard on both sides"
    )
