"""Whether what a model file says of itself holds together: numbers, shapes, rejections.

Each check raises Refused, which names the field.
"""

from genred.errors import GenredError
from genred.features.mel import mel_filterbank
from genred.model.metadata import Metadata, Rejection
from genred.model.scores import EMBEDDING, by_name

_RESERVED = {"silence", "unknown", "not_music"}
_SMALL = 1e-12
_LONGEST_LAG_S = 60.0


class Refused(Exception):  # noqa: N818 - carries the field, never leaves this folder
    """Why a file is no model: field and reason."""


def check_numbers(metadata: Metadata) -> None:
    """Refuse numbers that no arithmetic survives, and labels that mean something else."""
    labels, thresholds = metadata.labels, metadata.thresholds
    checks = {
        "labels": len(labels) >= 1 and len(set(labels)) == len(labels),
        "labels (printable)": all(label and label.isprintable() for label in labels),
        "labels (silence, unknown and not_music are reserved)": not _RESERVED & set(labels),
        "offset": all(map(_is_number, metadata.offset)),
        "scale": all(map(_is_factor, metadata.scale)),
        "input.scale": _is_factor(metadata.input.scale),
        "output.scale": _is_factor(metadata.output.scale),
        "calibration.temperature": _is_factor(metadata.calibration.temperature),
        "calibration.posterior_temperature": _is_factor(metadata.calibration.posterior_temperature),
        "calibration.doubt": 0 <= metadata.calibration.doubt < 1,
        "lag_s": 0 <= metadata.lag_s <= _LONGEST_LAG_S,
        "thresholds": thresholds is None
        or (set(thresholds) == set(labels) and all(0 <= p <= 1 for p in thresholds.values())),
    }
    for field, good in checks.items():
        if not good:
            raise Refused(f"{field} is out of range")


def _is_number(number: float) -> bool:
    """Tell whether float32 holds it with room to spare."""
    return abs(number) < 1 / _SMALL


def _is_factor(number: float) -> bool:
    """Tell whether float32 can multiply and divide by it without an end."""
    return _SMALL < number < 1 / _SMALL


def check_shapes(metadata: Metadata) -> None:
    """Refuse tensors that are not what `features` and `labels` imply."""
    spec = metadata.features
    needed = {
        "input.shape": (metadata.input.shape, [1, *spec.input_shape]),
        "output.shape": (metadata.output.shape, [1, len(metadata.labels)]),
        "offset": ([len(metadata.offset)], [spec.n_coefficients]),
        "scale": ([len(metadata.scale)], [spec.n_coefficients]),
    }
    for field, (found, implied) in needed.items():
        if found != implied:
            raise Refused(f"{field} is {found}, its features and labels need {implied}")
    try:
        mel_filterbank(spec)
    except GenredError as error:
        raise Refused(str(error)) from error


def check_rejections(metadata: Metadata) -> None:
    """Refuse rejections that can't be computed from what the network gives."""
    for name, rejection in by_name(metadata.rejection).items():
        numbers = {
            "threshold": _is_number(rejection.threshold),
            "width": _is_factor(rejection.width),
            "bias": _is_number(rejection.bias),
            "weights": all(map(_is_number, rejection.weights)),
        }
        for field, good in numbers.items():
            if not good:
                raise Refused(f"rejection.{name}.{field} is out of range")
        found, needed = len(rejection.weights), _weights(rejection, metadata)
        if found != needed:
            raise Refused(
                f"rejection.{name}.weights has {found} numbers, "
                f"its score ({rejection.score}) needs {needed}"
            )


def _weights(rejection: Rejection, metadata: Metadata) -> int:
    """How many weights a score has; raises Refused where there is nothing to weigh."""
    if rejection.score != EMBEDDING:
        return 0
    if metadata.embedding is None:
        raise Refused("rejection needs an embedding, and embedding is null")
    return metadata.embedding.shape[-1]
