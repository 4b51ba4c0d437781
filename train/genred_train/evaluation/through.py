"""What a model makes of music that came through rooms, microphones, noise, gains and codecs.

Each track is heard clean and under every condition, window by window. What is lost and what is kept
is counted within each track, so intervals over drawn tracks are those of the loss itself.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.model.metadata import Figure
from genred_train.augment.audio import Samples
from genred_train.evaluation.audio import AudioTrack, windows
from genred_train.evaluation.bootstrap import difference, ratio
from genred_train.evaluation.condition import Condition
from genred_train.evaluation.listener import Listener


class Through(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one condition, or of some of a kind together.

    Right and lost are of the tracks that have a label of the model's; same is of all.
    """

    kind: str
    name: str
    """of the condition or of the group; empty for all of the kind"""
    conditions: int
    track_accuracy: Figure
    window_accuracy: Figure
    tracks_lost: Figure
    """share that is right clean, minus that under the conditions"""
    windows_lost: Figure
    same_label: Figure
    """of windows: the most probable label is what it is clean"""


class _Heard(NamedTuple):
    """One track: a row for each condition, of windows right, windows same, and whether right."""

    known: bool
    """some label of the model is right"""
    windows: int
    clean_right: int
    clean_track: bool
    right: NDArray[np.int64]
    same: NDArray[np.int64]
    track: NDArray[np.int64]


def heard_through(
    model: Listener, tracks: Iterable[AudioTrack], conditions: Sequence[Condition], seed: int
) -> list[Through]:
    """Hear all tracks under all conditions; those that can't be read are passed over.

    Returns, for each kind in turn, its figures, those of its groups, and those of each condition.
    Raises GenredError if no track is left with a label of the model's.
    """
    heard = [
        _track(model, track, samples, conditions, [seed, number])
        for number, track in enumerate(tracks)
        if (samples := _samples(track, model.features.sample_rate)).size >= model.features.n_fft
    ]
    if not any(track.known for track in heard):
        raise GenredError("nothing to hear through rooms: no file can be read that has a label")
    return [_figures(kind, name, places, heard, seed) for kind, name, places in _pooled(conditions)]


def _samples(track: AudioTrack, sample_rate: int) -> Samples:
    """Read a whole track; nothing of one that can't be read, which is told elsewhere."""
    try:
        return np.concatenate([np.empty(0, np.float32), *track.samples(sample_rate)])
    except GenredError:
        return np.empty(0, np.float32)


def _track(
    model: Listener,
    track: AudioTrack,
    samples: Samples,
    conditions: Sequence[Condition],
    seed: Sequence[int],
) -> _Heard:
    own = np.array([label in track.labels for label in model.labels])

    def said(sound: Samples) -> tuple[NDArray[np.int64], bool]:
        claims = model.hear(windows([sound], model.features))
        return claims.argmax(axis=1), bool(own[claims.mean(axis=0).argmax()])

    clean, clean_track = said(samples)
    rows = []
    for number, condition in enumerate(conditions):
        rng = np.random.default_rng([*seed, number])
        labels, track_right = said(condition.heard(samples, model.features.sample_rate, rng))
        rows.append((own[labels].sum(), (labels == clean).sum(), track_right))
    right, same, whole = np.array(rows, np.int64).reshape(-1, 3).T
    return _Heard(
        bool(own.any()), len(clean), int(own[clean].sum()), clean_track, right, same, whole
    )


def _pooled(conditions: Sequence[Condition]) -> list[tuple[str, str, list[int]]]:
    """Tell which conditions have a figure together: kind, name, places."""
    found: dict[tuple[str, str], list[int]] = {}
    for kind in dict.fromkeys(condition.kind for condition in conditions):
        own = [place for place, one in enumerate(conditions) if one.kind == kind]
        found[kind, ""] = own
        for name in (conditions[place].group for place in own):
            if name:
                found[kind, name] = [place for place in own if conditions[place].group == name]
        found |= {(kind, conditions[place].name): [place] for place in own}
    return [(kind, name, places) for (kind, name), places in found.items()]


def _figures(
    kind: str, name: str, places: Sequence[int], heard: Sequence[_Heard], seed: int
) -> Through:
    times = len(places)
    known = [track for track in heard if track.known]
    right = np.array([track.right[places].sum() for track in known], np.float64)
    whole = np.array([track.track[places].sum() for track in known], np.float64)
    count = np.array([track.windows * times for track in known], np.float64)
    ones = np.full(len(known), float(times))
    same = np.array([track.same[places].sum() for track in heard], np.float64)
    every = np.array([track.windows * times for track in heard], np.float64)
    clean_right = np.array([track.clean_right * times for track in known], np.float64)
    clean_whole = np.array([track.clean_track * times for track in known], np.float64)
    return Through(
        kind=kind,
        name=name,
        conditions=times,
        track_accuracy=ratio(whole, ones, int(ones.sum()), seed),
        window_accuracy=ratio(right, count, int(count.sum()), seed),
        tracks_lost=difference(clean_whole - whole, ones, int(ones.sum()), seed),
        windows_lost=difference(clean_right - right, count, int(count.sum()), seed),
        same_label=ratio(same, every, int(every.sum()), seed),
    )
