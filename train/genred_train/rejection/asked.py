"""From sounds to the two questions: is it music, and is it music that the model knows."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np

from genred.errors import GenredError
from genred.events import NOT_MUSIC, UNKNOWN
from genred.model.metadata import Metadata, Rejections
from genred_train.rejection.sample import Sample, sample
from genred_train.rejection.sounds import Sounds
from genred_train.rejection.study import Study, study


def answered(
    metadata: Metadata,
    music: Sequence[Sounds],
    noises: Sounds | None,
    unlike: Sequence[Sounds],
    passing: float,
    seed: int,
) -> list[Study]:
    """Fit `not_music` to noises and `unknown` to music unlike any label, where they are given.

    The share of music that may be lost is divided among the two. Raises GenredError where too
    little is given to fit, or where nothing tells the two sides apart.
    """
    questions: dict[str, Sample] = {}
    if unlike:
        questions[UNKNOWN] = _known_or_not(music, unlike)
    if noises is not None:
        questions[NOT_MUSIC] = _music_or_not([*music, *unlike], noises)
    share = 1 - (1 - passing) / max(1, len(questions))
    spec = metadata.features
    apart = -(-spec.window_frames // spec.interval_frames)
    return [study(name, own, share, apart, seed) for name, own in questions.items()]


def fitted(metadata: Metadata, studies: Sequence[Study], uses: Sequence[Sounds]) -> Metadata:
    """Return what a model file says of itself with rejections, and what they were fitted on."""
    found = {one.name: one.rejection for one in studies}
    kept = [use for use in metadata.training.data if use.split != uses[0].use.split]
    training = msgspec.structs.replace(
        metadata.training, data=[*kept, *(sounds.use for sounds in uses)]
    )
    rejection = Rejections(unknown=found.get(UNKNOWN), not_music=found.get(NOT_MUSIC))
    return msgspec.structs.replace(metadata, rejection=rejection, training=training)


def _music_or_not(music: Sequence[Sounds], noises: Sounds) -> Sample:
    whole = [replace(sounds, kinds=[sounds.use.name] * len(sounds.kinds)) for sounds in music]
    return sample([(sounds, np.ones(len(sounds.heard), bool)) for sounds in whole], [noises])


def _known_or_not(music: Sequence[Sounds], unlike: Sequence[Sounds]) -> Sample:
    known = [(sounds, np.array(sounds.labelled)) for sounds in music]
    if not any(own.any() for _, own in known):
        raise GenredError(f"{UNKNOWN}: none of the music is of a label of the model; give --music")
    return sample(known, unlike)
