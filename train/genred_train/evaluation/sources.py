"""Where what is measured comes from: mel bands that were computed before, or recorded files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genred.errors import UsageError
from genred.model.classifier import Classifier
from genred_train.collection.clips import Clips
from genred_train.collection.tracks import Collection, Track
from genred_train.evaluation.audio import AudioTrack, heard_audio
from genred_train.evaluation.clips import heard_clips
from genred_train.evaluation.heard import Heard, of_clips
from genred_train.evaluation.joining import Join, Joined
from genred_train.evaluation.listener import Listener
from genred_train.evaluation.played import played
from genred_train.evaluation.streams import LiveFigures, join, live_figures

Watch = Callable[[Iterable[Any], int, str], Iterator[Any]]
"""goes through so many things while a person sees how far it is"""


@dataclass(frozen=True)
class ClipSource:
    """Arrays, or a prepared folder."""

    clips: Clips
    watch: Watch

    @property
    def name(self) -> str:
        """The collection's."""
        return self.clips.name

    @property
    def genres(self) -> list[str]:
        """Genres that some clip is of."""
        present = np.flatnonzero(self.clips.targets.any(axis=0))
        return [self.clips.genres[genre] for genre in present]

    def heard(self, model: Listener) -> Heard:
        """Hear every clip."""
        n = len(self.clips)
        said = self.watch(heard_clips(model, self.clips), n, f"hearing {n} clips")
        return of_clips(self.clips, said, model.features.window_frames)

    def live(self, model: Classifier, joins: Sequence[Join], seed: int) -> Iterator[LiveFigures]:
        """Join the clips by hard cuts, whatever is asked: arrays know no sound to fade."""
        del joins
        if self.clips.several:
            raise UsageError("--streams of mel bands need one genre a clip; give --audio instead")
        stream = join(model, self.clips, np.random.default_rng(seed))
        yield live_figures(stream, model.metadata, model.metadata.tracking)


@dataclass(frozen=True)
class AudioSource:
    """Recorded files."""

    collection: Collection
    tracks: Sequence[Track]
    watch: Watch

    @property
    def name(self) -> str:
        """The collection's."""
        return self.collection.name

    @property
    def genres(self) -> list[str]:
        """Genres that some track is of."""
        return sorted({label for track in self.tracks for label in track.labels})

    def heard(self, model: Listener) -> Heard:
        """Hear every file."""
        return heard_audio(model, self.files("hearing"), self.name)

    def files(self, doing: str) -> Iterator[AudioTrack]:
        """Yield every file in turn, while a person sees what is done with it."""
        return self._watched(range(len(self.tracks)), doing)

    def live(self, model: Classifier, joins: Sequence[Join], seed: int) -> Iterator[LiveFigures]:
        """Play all files in random order through the daemon's pipeline, joined in each way."""
        order = np.random.default_rng(seed).permutation(len(self.tracks)).tolist()
        for way in joins:
            files = self._watched(order, f"playing, {way}:")
            yield played(model, Joined(files, model.metadata.features.sample_rate, way))

    def _watched(self, order: Sequence[int], doing: str) -> Iterator[AudioTrack]:
        files = [self.tracks[place] for place in order]
        for track in self.watch(files, len(files), f"{doing} {len(files)} files"):
            yield AudioTrack(track.id, track.path, track.labels)
