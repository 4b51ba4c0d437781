"""Teachers' answers for clips, from an .npz beside them or from the clips' own.

Answers for windows begin every `interval_frames` frames of a clip. docs/training.md has the form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.arrays import clip_names
from genred_train.collection.target_group import Group
from genred_train.collection.targets_file import Arrays, read_targets

_INTERVAL_FRAMES = 12  # of files that do not tell


@dataclass(frozen=True)
class Targets:
    """What teachers said of clips, by the kind of answer."""

    name: str
    ids: list[str]
    groups: Mapping[str, Group]
    tags: tuple[str, ...]
    """names of the values of `logits`, where the file has them"""
    interval_frames: int
    sha256: str
    """of the file"""

    @cached_property
    def _places(self) -> dict[str, int]:
        return {clip: place for place, clip in enumerate(self.ids)}

    def place(self, clip_id: str) -> int:
        """Return where a clip stands in each group; raises GenredError for one without answers."""
        self.check([clip_id])
        return self._places[clip_id]

    def check(self, ids: Sequence[str]) -> None:
        """Raise GenredError, one line, unless there are answers for all of these clips."""
        missing = [clip for clip in ids if clip not in self._places]
        if missing:
            raise GenredError(
                f"{self.name}: no answers for {len(missing)} of {len(ids)} clips, the first "
                f"{missing[0]}; make them: genred-train teach-targets"
            )

    def group(self, name: str) -> Group:
        """Return one kind of answers; raises GenredError naming those that there are."""
        if name not in self.groups:
            raise GenredError(f"{self.name}: has no {name}, only {', '.join(self.groups)}")
        return self.groups[name]

    def window(self, clip_id: str, group: str, start_frame: int) -> NDArray[np.float32]:
        """Return the answer, (dims,), for the window that begins nearest to a frame of a clip.

        That is the last one for windows that begin less than an interval after it; a group whose
        answers are of whole clips has one for all. Raises GenredError where there is none.
        """
        found, clip = self.group(group), self.place(clip_id)
        if not found.per_window:
            return found[clip]
        count = found.windows(clip)
        if not 0 <= start_frame < count * self.interval_frames:
            raise GenredError(
                f"{self.name}: {clip_id} has {count} windows of {group}, none at frame "
                f"{start_frame}; make its answers from the same recording as its frames"
            )
        return found.window(clip, min(round(start_frame / self.interval_frames), count - 1))


def load_targets(path: Path, part: str = "") -> Targets:
    """Read answers; where one file holds those of several `part`s (train, valid), of that one.

    int8 stays int8 in memory until it is asked for. Raises GenredError, one line, for what is no
    such file, for clips that are there twice, for lengths that do not agree, and for what is not
    finite.
    """
    arrays = read_targets(path, part)
    ids = _ids(arrays)
    first = _first(arrays, len(ids))
    groups = {name: _group(arrays, name, len(ids), first) for name in arrays.groups}
    _check_alike(arrays.name, groups, ids)
    tags = tuple(str(tag) for tag in arrays.others.get("tags", ()))
    return Targets(arrays.name, ids, groups, tags, _interval(arrays), arrays.sha256)


def _interval(arrays: Arrays) -> int:
    found = arrays.others.get("interval_frames", np.array(_INTERVAL_FRAMES))
    if found.shape or found.dtype.kind not in "iu" or found < 1:
        raise GenredError(f"{arrays.name}: interval_frames is no whole number of frames")
    return int(found)


def _ids(arrays: Arrays) -> list[str]:
    """Names of the clips; excerpts of one recording also say where in it they begin."""
    count, starts = len(arrays.others["ids"]), arrays.others.get("start_s")
    if starts is not None and starts.shape != (count,):
        raise GenredError(f"{arrays.name}: start_s has to tell where {count} clips begin")
    _, ids = clip_names(arrays.others)
    if len(set(ids)) < len(ids):
        twice = next(clip for clip in ids if ids.count(clip) > 1)
        raise GenredError(f"{arrays.name}: {twice} is there twice; leave one out")
    return ids


def _first(arrays: Arrays, clips: int) -> NDArray[np.int64] | None:
    """Where the windows of each clip begin, in a file whose clips differ in length."""
    if "count" not in arrays.others:
        return None
    count = arrays.others["count"]
    if count.shape != (clips,) or count.dtype.kind not in "iu" or (count < 0).any():
        raise GenredError(f"{arrays.name}: count has to tell the windows of each of {clips} clips")
    return np.concatenate([[0], np.cumsum(count, dtype=np.int64)])


def _group(arrays: Arrays, name: str, clips: int, first: NDArray[np.int64] | None) -> Group:
    values, scale = arrays.groups[name], arrays.scales.get(name)
    flat = values.ndim == 2 and first is not None and len(values) == first[-1]  # noqa: PLR2004
    group = Group(values, scale, first if flat else None)
    if len(group) != clips:
        needed = f"{clips} clips" + ("" if first is None else f" or {first[-1]} windows")
        raise GenredError(f"{arrays.name}: {name} holds {len(values)} rows, needed {needed}")
    if scale is not None and scale.shape != (group.dims,):
        raise GenredError(f"{arrays.name}: {name} needs {group.dims} scales, not {scale.shape}")
    for numbers in (values, scale):
        if numbers is not None and not np.isfinite(numbers).all():
            raise GenredError(f"{arrays.name}: {name} is not finite everywhere; make it anew")
    return group


def _check_alike(name: str, groups: Mapping[str, Group], ids: Sequence[str]) -> None:
    """Raise GenredError unless each clip has as many windows in every group that has windows."""
    by_window = {kind: group for kind, group in groups.items() if group.per_window}
    for clip, clip_id in enumerate(ids):
        counts = {kind: group.windows(clip) for kind, group in by_window.items()}
        if len(set(counts.values())) > 1:
            told = " and ".join(f"{count} of {kind}" for kind, count in counts.items())
            raise GenredError(f"{name}: {clip_id} has {told} windows; they have to be as many")
