"""Tracking's figures found on joined streams: one after the other, as long as it gets better."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET

from genred.parameters import Tracking
from genred_train.evaluation.streams import LiveFigures

CHOICES: Mapping[str, Sequence[float]] = {
    "evidence": (0.17, 0.25, 0.35, 0.5, 0.7, 1.0),
    "stability_s": (5.0, 10.0, 20.0, 40.0, 80.0, 160.0),
    "margin": (0.1, 0.2, 0.3, 0.5, 0.7, 0.85),
    "dwell_s": (0.4, 0.9, 1.4, 1.9, 2.9, 3.9),
    "likelihood_floor": (0.003, 0.01, 0.03, 0.1),
    "announce_floor": (0.2, 0.3, 0.4, 0.5),
}
_ROUNDS = 3
# What a listener would give for one thing rather than another: a false change every minute is as
# bad as a tenth of the time wrong, and so is a change told five seconds later.
_PER_FALSE_CHANGE = 0.1 / 60
_PER_SECOND = 0.02


def cost(found: LiveFigures) -> float:
    """Return how bad a stream was to listen to: time without the right label, flutter, delay."""
    right = 0.0 if found.right_share is UNSET else found.right_share
    delay_s = 30.0 if found.noticed_median_s is UNSET else found.noticed_median_s
    flutter = _PER_FALSE_CHANGE * found.false_changes_per_hour
    return 1 - right + flutter + _PER_SECOND * delay_s


def tuned(
    start: Tracking,
    listen: Callable[[Tracking], LiveFigures],
    choices: Mapping[str, Sequence[float]] = CHOICES,
) -> Tracking:
    """Find the figures of the least `cost`, each field in turn, until a round changes nothing.

    `listen` plays the streams to a tracker. Of equally good figures the one that is there stays.
    """
    best, least = start, cost(listen(start))
    for _ in range(_ROUNDS):
        before = best
        for name, values in choices.items():
            for value in values:
                trial = msgspec.structs.replace(best, **{name: value})
                if trial != best and (found := cost(listen(trial))) < least:
                    best, least = trial, found
        if best == before:
            break
    return best
