"""What a model shall reject, fitted while it is exported: so that tracking is tuned with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred_train.collection.clips import Clips
from genred_train.rejection.asked import answered, fitted
from genred_train.rejection.sounds import of_clips, of_folder
from genred_train.rejection.study import Study


@dataclass(frozen=True)
class Strangers:
    """Music, and noises that are none: `not_music` is fitted to them."""

    music: Sequence[Clips]
    noises: Path
    """sound files, a folder a kind"""
    passing: float = 0.95
    """share of music to let through"""
    seed: int = 0

    def without(self, apart: Mapping[str, Sequence[str]]) -> "Strangers":
        """Return the same less some clips, given by collection: what a twin was not fitted on."""
        kept = []
        for clips in self.music:
            gone = set(apart.get(clips.name, ()))
            own = [place for place, clip in enumerate(clips.ids) if clip not in gone]
            kept.append(clips.pick(own) if len(own) < len(clips) else clips)
        return replace(self, music=[clips for clips in kept if len(clips)])


def rejecting(model: Classifier, strangers: Strangers) -> tuple[Metadata, list[Study]]:
    """Fit `not_music` for a network: what its file then says of itself, and how well it does.

    Raises GenredError where too little is given, or nothing tells the two sides apart.
    """
    heard = [of_clips(model, clips) for clips in strangers.music]
    told = of_folder(model, strangers.noises)
    studies = answered(model.metadata, heard, told, [], strangers.passing, strangers.seed)
    return fitted(model.metadata, studies, [*heard, told]), studies
