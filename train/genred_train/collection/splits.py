"""Which clips are fitted on, which choose, and which are only measured on.

All clips of a track (pieces, changed versions) are on one side, and each genre is in proportion;
only `leaky` cuts tracks apart, to show the figure that comes of it.
"""

import math
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from genred.errors import GenredError, UsageError
from genred_train.collection.clips import Clips
from genred_train.collection.gtzan import fault_filtered
from genred_train.collection.labelled import Labelled
from genred_train.collection.units import deal_out

PARTS = ("train", "valid", "test")
Kind = Literal["parts", "track", "artist", "gtzan-fault-filtered", "leaky"]


class Split(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to divide a collection.

    `parts`: as the manifest says. `track`: whole tracks at random, each genre in proportion.
    `artist`: so, and all tracks of an artist together; one of an unknown artist stands for itself.
    `gtzan-fault-filtered`: by the published lists of names; who is in none is left out. `leaky`:
    segments at random, those of one track on every side.
    """

    kind: Kind = "track"
    valid_share: float = 0.2
    """of the tracks, for kinds that draw lots"""
    test_share: float = 0.0
    """of the tracks; 0 for no such part"""
    seed: int = 0

    def shares(self) -> list[float]:
        """Return the shares of train, valid and, if it has one, test; they sum to 1."""
        others = [share for share in (self.valid_share, self.test_share) if share > 0]
        return [1 - sum(others), *others]


@dataclass(frozen=True)
class Parts:
    """Clips, divided."""

    train: Clips
    valid: Clips
    test: Clips | None
    """None where nothing is kept for it"""


def split(clips: Clips, how: Split, *, segment_frames: int = 72, segment_hop: int = 72) -> Parts:
    """Divide clips; the same clips, in any order, and the same seed give the same parts.

    Segments are cut only for `leaky`. Raises GenredError, one line, where a genre or a part would
    stay without clips; UsageError for shares that leave none.
    """
    if how.kind == "leaky":
        clips = clips.segments(segment_frames, segment_hop)
    sides = np.array(assign(clips, how))
    chosen = {part: np.flatnonzero(sides == part).tolist() for part in PARTS}
    made = {
        part: clips.pick(some, f"{clips.name}/{part} ({how.kind})")
        for part, some in chosen.items()
        if some
    }
    return Parts(made["train"], made["valid"], made.get("test"))


def assign(clips: Labelled, how: Split) -> list[str]:
    """Return each clip's part: `train`, `valid`, `test`, or `""` for one that is left out.

    Every genre that is used has a clip in `train`, and `valid` is not empty.
    """
    _check_shares(how)
    if how.kind == "parts":
        sides = _as_told(clips)
    elif how.kind == "gtzan-fault-filtered":
        sides = _by_name(clips)
    elif how.kind == "leaky":
        sides = _at_random(clips, how)
    else:
        dealt = deal_out(clips, how.shares(), how.seed, by_artist=how.kind == "artist")
        sides = [PARTS[side] for side in dealt]
    _check_filled(clips, how, sides)
    return sides


def _check_shares(how: Split) -> None:
    train, *others = 1 - how.valid_share - how.test_share, how.valid_share, how.test_share
    if not (all(map(math.isfinite, others)) and train > 0 < how.valid_share and min(others) >= 0):
        raise UsageError(
            f"split: valid_share {how.valid_share:g} and test_share {how.test_share:g}; give "
            "shares between 0 and 1 that leave something to fit on and something to choose by"
        )
    if how.seed < 0:
        raise UsageError(f"split: seed is {how.seed}; give 0 or more")


def _as_told(clips: Labelled) -> list[str]:
    if not any(clips.parts):
        raise GenredError(f"{clips.name}: names no parts; fill the column split, or split by track")
    told: dict[str, str] = {}
    for clip, track, part in zip(clips.ids, clips.tracks, clips.parts, strict=True):
        if not part:
            raise GenredError(f"{clips.name}: {clip} is in no part; name one in the column split")
        if told.setdefault(track, part) != part:
            raise GenredError(
                f"{clips.name}: track {track} is in {told[track]} and in {part}; choose one"
            )
    return list(clips.parts)


def _by_name(clips: Labelled) -> list[str]:
    sides = [fault_filtered(track) for track in clips.tracks]
    if not any(sides):
        raise GenredError(
            f"{clips.name}: no track is named as GTZAN's are (blues.00012); split by track"
        )
    return sides


def _at_random(clips: Labelled, how: Split) -> list[str]:
    """Draw clips whatever they are of, as many for each part as its share tells."""
    shuffled = np.random.default_rng(how.seed).permutation(len(clips.ids))
    # Of the sorted ids, so that the order in which clips come makes no difference.
    order = np.argsort(np.array(clips.ids), kind="stable")[shuffled]
    ends = np.round(np.cumsum(how.shares()) * len(order)).astype(int)[:-1]
    sides = np.zeros(len(order), np.int64)
    for side, some in enumerate(np.split(order, ends)):
        sides[some] = side
    return [PARTS[side] for side in sides]


def _check_filled(clips: Labelled, how: Split, sides: list[str]) -> None:
    for part in PARTS[: len(how.shares())] if how.kind == "leaky" else PARTS[:2]:
        if part not in sides:
            raise GenredError(
                f"{clips.name}: nothing is left for {part}, split by {how.kind}; "
                "give it more tracks, or split by track"
            )
    fitted = clips.targets[np.array(sides) == "train"].any(axis=0)
    used = clips.targets[np.array(sides) != ""].any(axis=0)
    for genre in np.flatnonzero(used & ~fitted):
        raise GenredError(
            f"{clips.name}: {clips.genres[genre]} has nothing in train, split by {how.kind}; "
            "put some there, or split by track"
        )
