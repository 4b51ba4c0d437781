"""A mixture opened: all its clips in one collection, what is drawn out of it, what is apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.joined import joined
from genred_train.collection.load import load_clips
from genred_train.collection.relabelled import labelled, relabelled
from genred_train.collection.targets import load_targets
from genred_train.collection.units import deal_out
from genred_train.fitting.answers import Answered, Answers
from genred_train.fitting.mixture import ClipFile, Draw, Mixed, Mixture


@dataclass(frozen=True)
class Drawn:
    """Clips, by their places in what is fitted on, and how many windows of a batch they give."""

    places: Sequence[int]
    windows: int
    labelled: bool
    even: bool


@dataclass(frozen=True)
class MixedParts:
    """What a mixture comes to for one fold."""

    train: Clips
    valid: Clips
    """clips with a label that are held apart; none where nothing is"""
    draws: list[Drawn] = field(default_factory=list)
    answers: Answers | None = None
    """None where no file has any"""
    collections: dict[str, range] = field(default_factory=dict)
    """of `valid`, by their places in it"""
    pieces: list[Clips] = field(default_factory=list)
    """`train` file by file; a file that is fitted on whole is itself, with its own digest"""
    softened: NDArray[np.float32] | None = None
    """targets of `train`, (clips, labels), with what teachers' answers tell; None without it"""


@dataclass(frozen=True)
class _Opened:
    """One file's clips under the mixture's labels, on either side."""

    file: ClipFile
    fitted: Clips
    apart: Clips
    whole: Clips | None
    """the file itself, where all of it is fitted on"""


def open_mixed(mixed: Mixed, spec: FeatureSpec) -> MixedParts:
    """Load all files and hold a fold apart; raises UsageError where they do not go together.

    Clips held apart are in no draw, also without their labels; those without one are not scored.
    """
    opened = [_open(file, mixed, spec) for file in mixed.mixture.files]
    fitted = [one for one in opened if len(one.fitted)]
    if not fitted:
        raise UsageError("the mixture holds all clips apart; nothing is left to fit on")
    train = reduce(joined, [one.fitted for one in fitted])
    scored = [_with_label(one.apart) for one in opened]
    scored = [clips for clips in scored if len(clips)]
    valid = reduce(joined, scored or [train.pick([])])
    firsts = _places({one.file.clips: len(one.fitted) for one in fitted})
    draws = [_drawn(draw, train, firsts) for draw in mixed.mixture.draws]
    answered = _answered(fitted, Path(mixed.data))
    answers = Answers(answered) if answered else None
    collections = _places({clips.name: len(clips) for clips in scored})
    pieces = [one.whole or one.fitted for one in fitted]
    softened = _softened(train, answered, mixed.mixture) if mixed.mixture.opinion else None
    return MixedParts(train, valid, draws, answers, collections, pieces, softened)


def _with_label(clips: Clips) -> Clips:
    return clips.pick(labelled(clips).nonzero()[0].tolist())


def _places(counts: dict[str, int]) -> dict[str, range]:
    """Where each of so many clips stand when they are joined."""
    firsts, first = {}, 0
    for name, count in counts.items():
        firsts[name] = range(first, first + count)
        first += count
    return firsts


def _open(file: ClipFile, mixed: Mixed, spec: FeatureSpec) -> _Opened:
    """Load a file; it needs no labels if no draw asks for them.

    Artists are dealt out by the file's own genres, so that recipes with and without labels hold
    the same clips apart.
    """
    mixture = mixed.mixture
    needed = any(
        draw.labelled and not draw.opinion and file.clips in draw.files for draw in mixture.draws
    )
    clips = load_clips(Path(mixed.data) / file.clips, spec, labelled=needed)
    rest, apart = _sides(file, clips, mixed)
    ours = relabelled(clips, mixture.labels, file.leave_out if needed else clips.genres)
    long = {clip for clip in range(len(clips)) if clips.frames(clip) >= spec.window_frames}
    fitted, held = ([clip for clip in side if clip in long] for side in (rest, apart))
    whole = clips if len(fitted) == len(clips) else None
    return _Opened(file, ours.pick(fitted), ours.pick(held), whole)


def _sides(file: ClipFile, clips: Clips, mixed: Mixed) -> tuple[list[int], list[int]]:
    """Clips to fit on and clips held apart."""
    every = list(range(len(clips)))
    if mixed.fold is None or file.apart == "never":
        return every, []
    if file.apart == "whole":
        return [], every
    folds = mixed.mixture.folds
    sides = deal_out(clips, [1 / folds] * folds, mixed.mixture.fold_seed, by_artist=True)
    return (
        [clip for clip in every if sides[clip] != mixed.fold],
        [clip for clip in every if sides[clip] == mixed.fold],
    )


def _drawn(draw: Draw, train: Clips, firsts: dict[str, range]) -> Drawn:
    places = [place for name in draw.files for place in firsts.get(name, ())]
    if draw.labelled:
        known = labelled(train)
        places = [place for place in places if known[place] or draw.opinion]
    if not places:
        raise UsageError(f"nothing is left to draw out of {', '.join(draw.files)}")
    return Drawn(places, draw.windows, draw.labelled, draw.even)


def _answered(fitted: Sequence[_Opened], data: Path) -> list[Answered]:
    return [
        Answered(
            load_targets(data / one.file.answers, one.file.part), one.fitted.ids, one.file.scale
        )
        for one in fitted
        if one.file.answers
    ]


def _softened(train: Clips, answered: Sequence[Answered], mixture: Mixture) -> NDArray[np.float32]:
    """Blend labels with opinions; a clip without a label has the opinion, or nothing, alone."""
    # scikit-learn is slow to import, and commands that read a recipe only do without it.
    from genred_train.fitting.opinions import opinions  # noqa: PLC0415

    told = opinions(train, answered)
    share = np.where(labelled(train), mixture.opinion_share * told.any(axis=1), 1)
    softened = (1 - share[:, None]) * train.targets + share[:, None] * told
    return np.asarray(softened, np.float32)
