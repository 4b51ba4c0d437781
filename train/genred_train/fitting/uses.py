"""What clips were used for, as a run and a model file tell it."""

from genred.model.metadata import DataUse
from genred_train.collection.clips import Clips
from genred_train.fitting.parts import FitParts


def use(clips: Clips, split: str) -> DataUse:
    """Describe clips that were `fitted on` or `chosen by`."""
    return DataUse(
        name=clips.name,
        split=split,
        digest=clips.sha256,
        clips=len(clips),
        hours=clips.hours(),
    )


def uses(parts: FitParts) -> list[DataUse]:
    """Describe all clips of a run as they lie on disk, so that they are known again there."""
    chosen_by = [parts.valid] if len(parts.valid) else []
    fitted_on = parts.pieces or [parts.train]
    return [
        *(use(clips, "fitted on") for clips in fitted_on),
        *(use(clips, "chosen by") for clips in chosen_by),
    ]
