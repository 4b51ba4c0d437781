"""`genred-train reject`: teach a model file what it does not know, without Keras."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from genred.cli.options import DEFAULT_MODEL, Json
from genred.errors import UsageError
from genred.model.classifier import Classifier
from genred.model.package import save
from genred.model.shipped import load_model
from genred_train.cli import provenance
from genred_train.collection.clips import Clips
from genred_train.collection.load import load_clips
from genred_train.export.section import note_section
from genred_train.features.ranges import audio_files
from genred_train.rejection.asked import answered, fitted
from genred_train.rejection.head import need_sklearn
from genred_train.rejection.sounds import Sounds, kinds_of, of_clips, of_folder
from genred_train.rejection.table import table

_Thing = TypeVar("_Thing")


def reject(
    music: Annotated[
        list[Path],
        typer.Option(help="Music, arrays (.npz) or a prepared folder; several times."),
    ],
    out: Annotated[Path, typer.Option(help="Model file to write.")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="A shipped model by name, or a .tflite file.")
    ] = DEFAULT_MODEL,
    noises: Annotated[
        Path | None, typer.Option(help="For not_music: sound files, a folder a kind.")
    ] = None,
    unlike: Annotated[
        list[Path] | None,
        typer.Option(help="For unknown: arrays of music unlike any label; several times."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only these kinds of --unlike, as its `kind` has them; several times."),
    ] = None,
    passing: Annotated[
        float, typer.Option("--pass", help="Percent of music to let through.", min=50, max=99.9)
    ] = 95.0,
    seed: Annotated[int, typer.Option(help="Of the parts and halves.", min=0)] = 0,
    json: Json = False,
) -> None:
    """Fit when a model says not_music and unknown, tell how well, and write it with that."""
    if out.suffix != ".tflite":
        raise UsageError(f"--out {out}: give a name that ends in .tflite")
    if noises is None and not unlike:
        raise UsageError("give --noises, --unlike, or both: what is to be rejected")
    need_sklearn()
    package = load_model(model)
    classifier = Classifier(package)
    spec = package.metadata.features
    files = audio_files([noises]) if noises else []
    opened = [load_clips(path, spec, labelled=False) for path in music]
    chosen = [_chosen(path, load_clips(path, spec, labelled=False), kind) for path in unlike or []]

    heard = [of_clips(classifier, clips) for clips in _watched(opened, "hearing music")]
    others = [of_clips(classifier, *pair) for pair in _watched(chosen, "hearing music unlike it")]
    told = _noises(classifier, noises, len(files))
    studies = answered(package.metadata, heard, told, others, passing / 100, seed)
    uses = [*heard, *others, *([told] if told else [])]
    save(out, package.flatbuffer, fitted(package.metadata, studies, uses))
    if json:
        print(msgspec.json.encode(studies).decode())
    else:
        print("\n\n".join(map(table, studies)))
    told_of = "\n\n".join(map(table, studies))
    command = provenance.command()
    note_section(out.with_suffix(".md"), "What it rejects", f"{told_of}\n\nBy `{command}`.")


def _noises(classifier: Classifier, folder: Path | None, files: int) -> Sounds | None:
    if folder is None:
        return None
    (found,) = _watched([folder], f"hearing {files} noises")
    return of_folder(classifier, found)


def _chosen(path: Path, clips: Clips, kinds: list[str] | None) -> tuple[Clips, list[str] | None]:
    """Return the clips of some kinds; raises UsageError for a kind that is not there."""
    found = kinds_of(path)
    if not kinds:
        return clips, found
    unheard = sorted(set(kinds) - set(found or []))
    if found is None or unheard:
        there = ", ".join(sorted(set(found or []))) or "none"
        raise UsageError(f"--kind {', '.join(unheard)}: {path} has no such kind (kinds: {there})")
    own = [clip for clip, name in enumerate(found) if name in kinds]
    return clips.pick(own), [found[clip] for clip in own]


def _watched(things: Sequence[_Thing], what: str) -> Iterator[_Thing]:
    yield from track(things, description=what, console=Console(stderr=True))
