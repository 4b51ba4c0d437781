"""What a trial is fitted on and scored by, split as it asks: honestly, or as a warning."""

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.augment.versions import with_versions
from genred_train.collection.clips import Clips
from genred_train.collection.joined import joined
from genred_train.collection.splits import Split, split
from genred_train.comparison.grid import Trial


def parts_of(trial: Trial, train: Clips, valid: Clips, spec: FeatureSpec) -> tuple[Clips, Clips]:
    """Return (fitted on, scored by), both cut into segments of one window each.

    `augmented-first` puts versions of one segment on both sides, `segments` only segments of one
    track, `track` only tracks of one artist; `border` nothing that the two files do not share.
    """
    frames, seed = spec.window_frames, trial.options.seed
    longest = max(clips.frames(clip) for clips in (train, valid) for clip in range(len(clips)))
    if longest < frames:
        raise UsageError(f"{trial.row}: no clip has the {frames} frames of a window")
    if trial.split == "border" and trial.baseline:
        return train, valid  # Some baselines hear whole clips.
    if trial.split == "border":
        first, second = (part.segments(frames, frames) for part in (train, valid))
    else:
        whole = joined(train, valid)
        share = len(valid) / len(whole)
        by_track = trial.split == "track"
        if not by_track:
            whole = whole.segments(frames, frames)
        if trial.split == "augmented-first":
            whole = with_versions(whole, trial.versions, seed)
        how = Split(kind="track" if by_track else "leaky", valid_share=share, seed=seed)
        parts = split(whole, how, segment_frames=frames, segment_hop=frames)
        first, second = parts.train, parts.valid
        if by_track:
            first, second = (part.segments(frames, frames) for part in (first, second))
    if trial.versions > 1 and trial.split != "augmented-first":
        first = with_versions(first, trial.versions, seed)
    return first, second
