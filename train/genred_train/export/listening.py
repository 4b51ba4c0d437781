"""What a listener would notice of a model, and the tracking that suits it best."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred_train.collection.clips import Clips
from genred_train.evaluation.streams import (
    LiveFigures,
    Stream,
    join,
    live_figures,
    posteriors,
    together,
)
from genred_train.evaluation.sureness import fit_sureness
from genred_train.evaluation.tuning import tuned


class Played(NamedTuple):
    """A stream, and what it is tracked by."""

    stream: Stream
    metadata: Metadata


def listened(model: Classifier, clips: Clips, rng: np.random.Generator) -> LiveFigures:
    """Play all clips, joined, with the model's own tracking."""
    metadata = model.metadata
    return live_figures(join(model, clips, rng), metadata, metadata.tracking)


def tuned_on(
    model: Classifier, clips: Clips, rng: np.random.Generator
) -> tuple[Metadata, LiveFigures]:
    """Tune tracking, and how sure it is told, on all clips, joined: the model's description.

    Figures are of each half by track, tuned on the other: none comes from its own tuning.
    """
    numbers = {track: number for number, track in enumerate(dict.fromkeys(clips.tracks))}
    sides = [[c for c in range(len(clips)) if numbers[clips.tracks[c]] % 2 == s] for s in (0, 1)]
    halves = [join(model, clips.pick(side), rng) for side in sides]
    crossed = [
        Played(half, _best([other], model.metadata))
        for half, other in zip(halves, halves[::-1], strict=True)
    ]
    return _best(halves, model.metadata), together(crossed)


def _best(streams: Sequence[Stream], metadata: Metadata) -> Metadata:
    """Return the description with the tracking and the sureness that suit these streams."""

    def listen(tracking: Tracking) -> LiveFigures:
        asked = msgspec.structs.replace(metadata, tracking=tracking)
        return together([Played(stream, asked) for stream in streams])

    tracking = tuned(metadata.tracking, listen)
    heard = [posteriors(stream, metadata, tracking) for stream in streams]
    told = [one for said, _ in heard for one in said]
    temperature, doubt = fit_sureness(told, np.concatenate([true for _, true in heard]))
    calibration = msgspec.structs.replace(
        metadata.calibration, posterior_temperature=temperature, doubt=doubt
    )
    return msgspec.structs.replace(metadata, tracking=tracking, calibration=calibration)
