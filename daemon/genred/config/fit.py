"""A config and a model: whether they go together, which no config can tell by itself."""

from collections.abc import Mapping

from genred.config.layers import Read
from genred.config.problems import ConfigError, told
from genred.errors import UsageError
from genred.labels import Labels, nearest
from genred.model.metadata import Metadata
from genred.parameters import Tracking


def fit(given: Read, metadata: Metadata) -> tuple[Labels, Tracking]:
    """Return what is wished of labels, and the figures of tracking, for a model.

    Raises ConfigError for labels that it has not, and figures that do not go with its own.
    """
    problems = _unknown_labels(given, metadata)
    labels = given.config.labels.wished()
    if not problems:
        try:
            labels.check(metadata.labels)
        except UsageError as error:
            problems.append(str(error))
    tracking = given.config.tracking
    try:
        figures = tracking.over(metadata.tracking)
    except ValueError:
        problems.append(_crossed(given, metadata.tracking))
    if problems:
        raise ConfigError(problems)
    return labels, figures


def _unknown_labels(given: Read, metadata: Metadata) -> list[str]:
    known = metadata.labels
    return [
        told(given.places[slot], f'no label is called "{slot[1]}"{nearest(str(slot[1]), known)}')
        for slot in given.values
        if slot[1] is not None and slot[1] not in known
    ]


def _crossed(given: Read, own: Tracking) -> str:
    """Say which of the two levels of the gate is set on the wrong side of the model's."""
    figures: Mapping[str, object] = {
        name: getattr(given.config.tracking, name) for name in ("open_dbfs", "close_dbfs")
    }
    name = next(name for name, value in figures.items() if isinstance(value, float))
    text = (
        f"tracking.{name} = {figures[name]:g} leaves close_dbfs above open_dbfs "
        f"(the model has {own.close_dbfs:g} and {own.open_dbfs:g}); set both"
    )
    return told(given.place((f"tracking.{name}", None)), text)
