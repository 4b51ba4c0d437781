"""What a collection is, in figures, and what in it would spoil a model or flatter its figures."""

from collections.abc import Sequence

import msgspec

from genred_train.collection.duplicates import Near

IMBALANCE = 3.0
"""largest genre over smallest, from which it is warned of"""


class GenreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Clips of one genre; one of several genres counts for each."""

    genre: str
    clips: int
    tracks: int
    artists: int
    """known ones"""
    hours: float
    shortest_s: float
    median_s: float
    longest_s: float
    sample_rates: dict[str, int]
    """clips at each rate in Hz; empty for arrays"""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; lists name clips by their ids."""

    name: str
    clips: int
    tracks: int
    hours: float
    genres: list[GenreFigures]
    imbalance: float
    """clips of the largest genre for one of the smallest that has any"""
    parts: dict[str, int]
    """clips in each part, of the split or as a manifest says"""
    split: str
    """by what: `parts`, `track` ...; empty if nothing is divided"""
    unreadable: dict[str, str]
    exact: list[list[str]]
    """groups of the same samples"""
    near: list[Near]
    """pairs of most likely the same recording, but not the same samples"""
    artists_on_both_sides: list[str]
    copies_on_both_sides: list[list[str]]
    warnings: list[str]
    not_told: list[str]
    """what this kind of collection can't tell"""

    def copies(self) -> list[list[str]]:
        """Return groups of exact, then pairs of near copies."""
        return [*self.exact, *([pair.first, pair.second] for pair in self.near)]


def cautions(found: Description, contradicted: Sequence[Sequence[str]]) -> list[str]:
    """Say what to mend before a model is fitted, the worst last.

    `contradicted` are the groups of copies that carry different genres.
    """
    said = []
    sizes = sorted((one.clips, one.genre) for one in found.genres if one.clips)
    (fewest, smallest), (most, largest) = sizes[0], sizes[-1]
    if found.imbalance > IMBALANCE:
        said.append(
            f"imbalance: {largest} has {most} clips, {smallest} {fewest}; "
            "add some, or fit with class weights"
        )
    for one in found.genres:
        if one.tracks < 2:  # noqa: PLR2004 - one for each side
            held = "one track only" if one.tracks else "no track that can be read"
            said.append(f"{one.genre} has {held}; no split by track can have it on both sides")
    if found.unreadable:
        said.append(f"{len(found.unreadable)} files can't be read; convert them or take them out")
    if found.exact or found.near:
        said.append(
            f"{len(found.exact)} groups of exact and {len(found.near)} pairs of near copies; "
            "keep one of each"
        )
    if contradicted:
        said.append(
            f"{len(contradicted)} of these copies carry different genres, "
            f"first {' and '.join(contradicted[0])}; correct the labels"
        )
    for what, both in (
        ("artists", found.artists_on_both_sides),
        ("copies", found.copies_on_both_sides),
    ):
        if both:
            said.append(
                f"{what} on both sides of the split ({found.split}): {len(both)}; "
                "its figures will flatter"
            )
    return said
