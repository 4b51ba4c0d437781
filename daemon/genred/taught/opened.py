"""A model as a user wants it: from its file, with what it was taught, labels weighted and named."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genred.audio.file import printable
from genred.errors import GenredError
from genred.labelled import labelled
from genred.labels import Labels
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.pipeline import Model
from genred.taught.classifier import TaughtClassifier
from genred.taught.store import Store, default_folder


@dataclass(frozen=True)
class Wishes:
    """What a model is to be beside its file."""

    taught_dir: Path | None = None
    """None: the default one"""
    no_taught: bool = False
    labels: Labels = field(default_factory=Labels)


def open_model(
    name: str,
    wishes: Wishes,
    environment: Mapping[str, str],
    told: Callable[[GenredError], None],
) -> Model:
    """Load, check and start a model by name or path; raises GenredError, one line.

    What lies in the default folder and can't be used, because another model was taught it, is
    told and left out; a folder that was asked for must be as it should.
    """
    model = _taught(Classifier(load_model(name)), wishes, environment, told)
    return labelled(model, wishes.labels)


def _taught(
    model: Classifier,
    wishes: Wishes,
    environment: Mapping[str, str],
    told: Callable[[GenredError], None],
) -> Model:
    if wishes.no_taught:
        return model
    if wishes.taught_dir is not None:
        if not wishes.taught_dir.is_dir():
            raise GenredError(
                f"{printable(wishes.taught_dir)}: no such folder; teach into it first"
            )
        return with_lessons(model, wishes.taught_dir)
    place = default_folder(environment)
    try:
        return model if place is None else with_lessons(model, place)
    except GenredError as error:
        told(error)
        return model


def with_lessons(model: Classifier, folder: Path) -> Model:
    """Return a model with what lies in a folder; itself where that is nothing."""
    taught = Store(folder).load(model.metadata)
    return TaughtClassifier(model, taught) if taught.lessons else model
