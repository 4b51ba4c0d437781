"""What a run is fitted on and chosen by: two files, or one that is split."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.load import load_clips
from genred_train.collection.shared import shared_recordings
from genred_train.collection.splits import Split, split
from genred_train.fitting.answers import Answers
from genred_train.fitting.mixed import Drawn, open_mixed
from genred_train.fitting.mixture import Mixed


class DataSource(msgspec.Struct, frozen=True, kw_only=True):
    """Paths as they were given; `split` counts where there is no `valid`."""

    train: str
    valid: str | None = None
    split: Split = Split(kind="artist")
    mixed: Mixed | None = None
    """several collections; then `train` is the file that names them, and nothing is split"""


@dataclass(frozen=True)
class FitParts:
    """Clips of a window at least."""

    train: Clips
    valid: Clips
    too_short: int = 0
    """clips that were left out"""
    shared_artists: int = 0
    """artists that stand on both sides, where artists are known"""
    draws: list[Drawn] = field(default_factory=list)
    """of a mixture: what batches are drawn from"""
    answers: Answers | None = None
    """teachers' answers for windows of `train`, where there are any"""
    collections: dict[str, range] = field(default_factory=dict)
    """of a mixture: the collections of `valid`, by their places in it; each counts alike"""

    pieces: list[Clips] = field(default_factory=list)
    """of a mixture: `train`, file by file"""
    softened: NDArray[np.float32] | None = None
    """of a mixture: targets of `train` with what teachers' answers tell of genres in them"""

    @property
    def scored(self) -> dict[str, range]:
        """Collections that the run was not fitted on, by their places in `valid`."""
        whole = {self.valid.name: range(len(self.valid))} if len(self.valid) else {}
        return self.collections or whole


def open_parts(source: DataSource, spec: FeatureSpec) -> FitParts:
    """Load both parts; raises UsageError, one line, where they do not go together.

    What is chosen by is as it was recorded: changed versions are for fitting alone.
    """
    if source.mixed is not None:
        found = open_mixed(source.mixed, spec)
        return FitParts(
            found.train,
            found.valid,
            draws=found.draws,
            answers=found.answers,
            collections=found.collections,
            pieces=found.pieces,
            softened=found.softened,
        )
    path = Path(source.train)
    fitted_on = load_clips(path, spec)
    if source.valid is None:
        frames = spec.window_frames
        parts = split(fitted_on, source.split, segment_frames=frames, segment_hop=frames)
        return _usable(parts.train, parts.valid, spec)
    chosen_by = load_clips(Path(source.valid), spec)
    if fitted_on.genres != chosen_by.genres:
        raise UsageError(f"{source.train} and {source.valid} differ in their genres")
    if fitted_on.sha256 == chosen_by.sha256:
        raise UsageError(f"{source.valid} is what is fitted on: choose by other clips")
    shared = shared_recordings(fitted_on, chosen_by)
    if shared:
        raise UsageError(
            f"{source.valid}: {len(shared)} of its clips are recordings of {source.train} too, "
            f"such as {shared[0]}; take them out of one"
        )
    return _usable(fitted_on, chosen_by, spec)


def _usable(train: Clips, valid: Clips, spec: FeatureSpec) -> FitParts:
    plain = valid.plain()
    kept, chosen_by = _kept(train, spec), _kept(plain, spec)
    too_short = len(train) + len(plain) - len(kept) - len(chosen_by)
    artists = set(filter(None, kept.artists)) & set(filter(None, chosen_by.artists))
    return FitParts(kept, chosen_by, too_short, len(artists))


def _kept(clips: Clips, spec: FeatureSpec) -> Clips:
    kept = [clip for clip in range(len(clips)) if clips.frames(clip) >= spec.window_frames]
    if not kept:
        length_s = spec.window_samples / spec.sample_rate
        raise UsageError(f"{clips.name}: no clip lasts the {length_s:.1f} s of a window")
    return clips if len(kept) == len(clips) else clips.pick(kept)
