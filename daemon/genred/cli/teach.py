"""`genred teach`: a user's own genre, from a folder of songs."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from genred.audio.file import printable
from genred.cli.options import DEFAULT_MODEL, Model, TaughtDir
from genred.cli.style import complain
from genred.config import load
from genred.errors import UsageError
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.taught.check import worth
from genred.taught.classifier import check_embedding
from genred.taught.hearing import check_count, hear_songs, songs_in, spread
from genred.taught.lesson import Lesson, Song, Taught, check_name
from genred.taught.store import Store, default_folder


def teach(
    name: Annotated[str, typer.Argument(help="The label: a new one, or one of the model's.")],
    folder: Annotated[
        # Not typer's to check: what is wrong is told with what to do.
        Path, typer.Argument(help="Some songs of it, best ten or more.", readable=False)
    ],
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--others",
            help="Folder of other music, to tell it from; several times. Kept for next time.",
            readable=False,
        ),
    ] = None,
    model: Model = DEFAULT_MODEL,
    taught_dir: TaughtDir = None,
) -> None:
    """Learn a genre from the songs in FOLDER; what is taught again is learnt anew.

    Songs in FOLDER are not taken for other music, even where it lies in a folder of that.
    """
    classifier = Classifier(load_model(model))
    metadata = classifier.metadata
    check_embedding(metadata)
    store = open_store(taught_dir)
    check_name(name, metadata.labels, [said.name for said in store.listed()])
    songs = _heard(classifier, folder)
    elsewhere = others or _learnt_before(store, metadata.model_sha256)
    if elsewhere:
        heard = [song for each in elsewhere for song in _heard(classifier, each, without=folder)]
        store.save_others(heard, [_whole(each) for each in elsewhere], metadata)
    store.save(Lesson(name, _whole(folder), songs), metadata)
    taught = store.of_model(metadata).ordered()
    print(f"{name}: learnt from {len(songs)} songs; {_worth(taught, name, classifier)}")


def open_store(taught_dir: Path | None) -> Store:
    """Return the folder of lessons, the daemon's own; raises UsageError if there is no place."""
    folder = taught_dir or load(None, os.environ, {}).taught_dir or default_folder(os.environ)
    if folder is None:
        raise UsageError("there is no home to keep it in; give --taught-dir")
    return Store(folder)


def _heard(model: Classifier, folder: Path, without: Path | None = None) -> list[Song]:
    """Hear a folder; raises GenredError if too little of it is music that can be read."""
    paths = songs_in(folder, without)
    chosen = spread(paths)
    if len(chosen) < len(paths):
        print(f"{printable(folder)}: {len(chosen)} of its {len(paths)} songs are heard")
    songs = hear_songs(model, chosen, complain, _progress if sys.stderr.isatty() else None)
    check_count(songs, folder)
    return songs


def _progress(file: str, number: int, of: int) -> None:
    print(f"hearing {number} of {of}: {file}", file=sys.stderr)


def _learnt_before(store: Store, model_sha256: str) -> list[Path]:
    """Return folders of other music that another model heard: this one has to hear them too."""
    stale = [said for said in store.listed() if said.model_sha256 != model_sha256]
    return [Path(each) for said in stale if not said.name for each in said.folders]


def _whole(folder: Path) -> str:
    return printable(folder.resolve())


def _worth(taught: Taught, name: str, model: Classifier) -> str:
    """Say what songs that were left out get."""
    found = worth(taught, name, model.metadata.labels, model.metadata.head)
    said = f"left out in turn, {found.recognised} of them are recognised"
    if found.others:
        said += f", and {found.taken} of {found.others} other songs are taken for it"
    if not taught.others:
        said += "; to have it told from other music, give --others FOLDER"
    return said
