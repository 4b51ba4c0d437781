"""What a network gives for tracks that fit, or do not: music of a collection, files of noise."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.model.metadata import DataUse
from genred.model.scores import Outputs
from genred_train.collection.clips import Clips
from genred_train.collection.folders import track_id
from genred_train.collection.units import artist_key
from genred_train.evaluation.audio import AudioTrack, windows
from genred_train.evaluation.clips import clip_windows
from genred_train.evaluation.doubts import REJECTION
from genred_train.evaluation.listener import Window
from genred_train.evaluation.pooling import places
from genred_train.evaluation.rejected import digest
from genred_train.features.ranges import audio_files

_Join = Callable[[list[NDArray[np.float32]]], NDArray[np.float32]]
_NUMBER = re.compile(r"[\W_]*\d+$")


@dataclass(frozen=True)
class Sounds:
    """Tracks of one source, heard: one entry a track."""

    use: DataUse
    kinds: list[str]
    """what figures are told of one by one: the class of a noise, the collection of music"""
    groups: list[str]
    """artist or recording: its tracks stand on one side of a split"""
    labelled: list[bool]
    """of a genre that the model has a label for"""
    heard: list[Outputs]
    """(windows, ...) each"""


def of_clips(model: Classifier, clips: Clips, kinds: Sequence[str] | None = None) -> Sounds:
    """Hear the plain clips of a collection; `kinds` of each clip, else the collection's name.

    Raises GenredError if no clip holds a frame.
    """
    own = [clip for clip in range(len(clips)) if not (clips.versions and clips.versions[clip])]
    own = [clip for clip in own if clips.frames(clip)]
    if not own:
        raise GenredError(f"{clips.name}: no clip holds a frame; nothing to hear")
    tracks = [[own[at] for at in some] for some in places([clips.tracks[clip] for clip in own])]
    names = set(model.metadata.labels)
    spec = model.metadata.features

    def heard(some: Sequence[int]) -> Outputs:
        levels = (clips.levels_db(clip) for clip in some)
        return hear(model, (window for one in levels for window in clip_windows(one, spec)))

    return Sounds(
        use=DataUse(
            name=clips.name,
            split=REJECTION,
            digest=clips.sha256,
            clips=len(clips),
            hours=clips.hours(),
        ),
        kinds=[kinds[some[0]] if kinds else clips.name for some in tracks],
        groups=[_group(clips, some[0]) for some in tracks],
        labelled=[bool(clips.genres) and clips.label(some[0]) in names for some in tracks],
        heard=[heard(some) for some in tracks],
    )


def of_folder(model: Classifier, folder: Path) -> Sounds:
    """Hear all sound files below a folder by the daemon's own features; a folder a kind.

    Files of a kind whose names differ by a number at the end are taken for one recording. Raises
    GenredError for a file that can't be read, or is shorter than a frame.
    """
    spec = model.metadata.features
    files = audio_files([folder])
    heard = []
    for path in files:
        track = AudioTrack(track_id(path, folder), path, ())
        found = list(track.samples(spec.sample_rate))
        outputs = hear(model, windows(found, spec))
        if not len(outputs.logits):
            raise GenredError(f"{path}: is shorter than a frame; take it away")
        heard.append((outputs, sum(block.size for block in found) / spec.sample_rate))
    return Sounds(
        use=DataUse(
            name=folder.name,
            split=REJECTION,
            digest=digest(folder),
            clips=len(files),
            hours=sum(length_s for _, length_s in heard) / 3600,
        ),
        kinds=[path.parent.name for path in files],
        groups=[f"{path.parent.name}/{_NUMBER.sub('', path.stem)}" for path in files],
        labelled=[False] * len(files),
        heard=[outputs for outputs, _ in heard],
    )


def kinds_of(path: Path) -> list[str] | None:
    """Read `kind` of each clip from an .npz; None where it does not tell."""
    if path.is_dir():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return [str(kind) for kind in arrays["kind"]] if "kind" in arrays.files else None


def hear(model: Classifier, some: Iterable[Window]) -> Outputs:
    """Return what the network gives for windows, (windows, ...)."""
    found: list[Outputs] = []
    for window in some:
        model.probabilities(window)
        found.append(model.outputs())
    return joined(found, np.stack) if found else _nothing(model)


def joined(found: Sequence[Outputs], how: _Join = np.concatenate) -> Outputs:
    """Put outputs together, window after window."""
    embeddings = [one.embedding for one in found if one.embedding is not None]
    return Outputs(
        how([one.probabilities for one in found]),
        how([one.logits for one in found]),
        how(embeddings) if len(embeddings) == len(found) else None,
    )


def _nothing(model: Classifier) -> Outputs:
    none: NDArray[np.float32] = np.empty((0, len(model.metadata.labels)), np.float32)
    return Outputs(none, none, None)


def _group(clips: Clips, clip: int) -> str:
    artist = artist_key(clips.artists[clip]) if clips.artists else ""
    return f"artist {artist}" if artist else f"{clips.name} {clips.tracks[clip]}"
