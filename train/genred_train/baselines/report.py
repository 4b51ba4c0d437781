"""What a baseline is worth: fitted on some clips, asked about others."""

import msgspec
from msgspec import UNSET, UnsetType

from genred.model.metadata import Figure
from genred_train.evaluation.figures import confusion, track_accuracy, window_accuracy
from genred_train.evaluation.heard import Heard


class Use(msgspec.Struct, frozen=True):
    """Clips, and which they were."""

    name: str
    sha256: str
    tracks: int


class BaselineReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `genred-train baseline` found."""

    baseline: str
    seed: int
    fitted_on: Use
    measured_on: Use
    track_accuracy: Figure
    window_accuracy: Figure | UnsetType = UNSET
    """absent where whole tracks are heard"""
    labels: list[str]
    confusion: list[list[int]]
    """tracks: rows are what they are, columns what was said, both in the order of `labels`"""
    unreadable: dict[str, str]
    """recordings left out of everything, and why"""


def baseline_report(
    name: str, seed: int, fitted_on: Use, labels: list[str], heard: Heard
) -> BaselineReport:
    """Put the figures together; a genre that is none of `labels` is an error wherever it stands."""
    truth = heard.truth(labels)
    whole = all(len(windows) == 1 for windows in heard.windows)
    return BaselineReport(
        baseline=name,
        seed=seed,
        fitted_on=fitted_on,
        measured_on=Use(heard.data, heard.data_sha256, len(heard.windows)),
        track_accuracy=track_accuracy(heard.windows, truth),
        window_accuracy=UNSET if whole else window_accuracy(heard.windows, truth),
        labels=labels,
        confusion=confusion(heard.windows, truth),
        unreadable=heard.unreadable,
    )
