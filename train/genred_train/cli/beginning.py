"""How a run begins: what it hears, what it builds on, and all that decides its result."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli import provenance
from genred_train.collection.clips import Clips
from genred_train.collection.load import spec_of
from genred_train.collection.relabelled import labelled
from genred_train.features.ranges import Ranges, audio_files, measure, of_clips, of_files
from genred_train.fitting.heldout import check_held_out
from genred_train.fitting.options import FitOptions, own_spec, window_spec
from genred_train.fitting.parts import DataSource, FitParts
from genred_train.fitting.run import Run, RunConfig, load, start
from genred_train.fitting.uses import use
from genred_train.models.named import find

SHAPES = ("kind", "n_mfcc", "deltas", "segment_s")
"""options that a run which is gone on from, or a teacher, has settled"""


class Sources(msgspec.Struct, frozen=True):
    """What a run takes from elsewhere."""

    audio: list[Path]
    begin_from: Run | None
    teachers: list[Run]
    saved: Path | None = None
    """file of the run gone on from, where it is not its best epoch"""
    weights: Path | None = None
    """file of a published network that its model is filled from"""

    @property
    def runs(self) -> list[Run]:
        """Runs that it builds on; the first one's features and ranges hold for it too."""
        return [*([self.begin_from] if self.begin_from else []), *self.teachers]


def sources_of(audio: list[Path], begin_from: Path | None, teachers: list[Path]) -> Sources:
    """Load the runs; a `.keras` file has to lie in its run, which knows what it hears."""
    saved = begin_from if begin_from and begin_from.suffix == ".keras" else None
    begun = load(saved.parent if saved else begin_from) if begin_from else None
    return Sources(audio, begun, [load(teacher) for teacher in teachers], saved)


def options_of(base: FitOptions, given: dict[str, Any], sources: Sources) -> FitOptions:
    """Put the command line over a file's options over the named model; raises UsageError."""
    asked = {name: value for name, value in given.items() if value is not None}
    if sources.runs and any(name in asked for name in SHAPES):
        raise UsageError("--from and --teacher settle what a network hears: leave out --kind ...")
    if sources.begin_from:
        if "model" in asked:
            raise UsageError("--from settles the --model; leave one out")
        asked["model"] = sources.begin_from.config.options.model
    elif asked.get("freeze"):
        raise UsageError("--freeze keeps layers of a run gone on from: give --from RUN")
    try:
        whole = msgspec.to_builtins(base) | asked
        options = msgspec.convert(whole, FitOptions).filled()
    except msgspec.ValidationError as error:
        raise UsageError(f"fit: {error}") from error
    if options.teacher_answers and not sources.teachers:
        raise UsageError("teacher_answers: nobody is there to ask; give --teacher RUN")
    if sources.weights:
        check_weights(sources.weights, options)
    return options


def check_weights(path: Path, options: FitOptions) -> None:
    """Raise UsageError for weights of no use, before a run's folder is made."""
    if options.model != "musicnn":
        raise UsageError(f"--weights fill the model musicnn, not {options.model}; leave them out")
    if not path.is_file():
        raise UsageError(f"{path}: no such file; give a teacher's .h5 weights")


def hears(options: FitOptions, source: DataSource, sources: Sources) -> FeatureSpec:
    """Return what the model hears: as runs it builds on, as prepared, or as its name says."""
    if sources.runs:
        return sources.runs[0].config.features
    prepared = spec_of(Path(source.train))
    own = own_spec(options, prepared) if prepared else find(options.model).features
    return window_spec(options, own)


def headed(options: FitOptions, parts: FitParts) -> FitOptions:
    """Take the head that the labels ask for; raises UsageError for one that can't say them."""
    # Clips of a mixture without a label are not of several genres, and not of none.
    train = parts.train if not parts.draws else _with_label(parts.train)
    several = train.several or parts.valid.several
    if several and options.head == "softmax":
        raise UsageError("--head softmax says one genre at a time; these clips have several")
    head = options.head or ("sigmoid" if several else "softmax")
    if options.refit_head:
        check_refit(train, head, any(draw.labelled for draw in parts.draws) or not parts.draws)
    return msgspec.structs.replace(options, head=head)


def check_refit(train: Clips, head: str, fits_labels: bool) -> None:
    """Raise UsageError where no logistic regression can say the labels of clips."""
    if head != "softmax" or not fits_labels:
        raise UsageError(
            "refit_head is for one genre at a time, and not for pretrain; leave it out"
        )
    missing = [train.genres[g] for g in np.flatnonzero(~train.targets.any(axis=0))]
    if missing:
        raise UsageError(
            f"refit_head: no clip to fit on is {missing[0]}; give one, or leave it out"
        )


def _with_label(clips: Clips) -> Clips:
    return clips.pick(labelled(clips).nonzero()[0].tolist())


def begin(
    folder: Path,
    source: DataSource,
    parts: FitParts,
    options: FitOptions,
    spec: FeatureSpec,
    sources: Sources,
) -> Run:
    """Make the run's folder with all that decides its result.

    Raises UsageError if what it builds on was fitted on what it is chosen by.
    """
    for unknown in check_held_out(sources.runs, parts.valid):
        print(f"{unknown}: its clips are not there; none can tell of them", file=sys.stderr)
    like = sources.runs[0].config if sources.runs else None
    ranges = (
        Ranges.of(like.offset, like.scale)
        if like
        else _ranges(parts.train, Path(source.train), spec, sources.audio)
    )
    return start(
        folder,
        RunConfig(
            options=options,
            labels=parts.train.genres,
            features=spec,
            offset=ranges.offset.tolist(),
            scale=ranges.scale.tolist(),
            data=[
                use(clips, split)
                for clips, split in ((parts.train, "fitted on"), (parts.valid, "chosen by"))
                if len(clips)
            ],
            source=source,
            audio=like.audio if like else [str(path) for path in sources.audio],
            command=provenance.command(),
            git=provenance.git_revision(),
            versions=provenance.versions(),
            begun_from=_saved(sources),
            weights=str(sources.weights or ""),
            teachers=[str(teacher.folder) for teacher in sources.teachers],
        ),
    )


def _saved(sources: Sources) -> str:
    if sources.begin_from is None:
        return ""
    return str(sources.saved or sources.begin_from.best)


def _ranges(train: Clips, path: Path, spec: FeatureSpec, audio: list[Path]) -> Ranges:
    """Measure what coefficients span: in folders of sound, or in a prepared collection."""
    if audio:
        return measure(of_files(audio_files(audio), spec), spec)
    if not path.is_dir():
        raise UsageError(f"{path}: arrays lack what is quiet; give --audio FOLDER of any music")
    return measure(of_clips(train, spec), spec)
