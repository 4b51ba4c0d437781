"""A baseline on whole recordings: split them, fit, measure."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from genred_train.baselines import learner
from genred_train.baselines.recordings import Recordings
from genred_train.baselines.report import BaselineReport, Use, baseline_report
from genred_train.collection.splits import Split, assign
from genred_train.evaluation.heard import Heard

LEARNERS: dict[str, Callable[[int], Any]] = {
    "svm-features": learner.svm,
    "ann-features": learner.network,
}


def measured(name: str, recordings: Recordings, kind: str | None, seed: int) -> BaselineReport:
    """Fit on `train` of a split, measure on `valid`; `kind` None for the most careful there is.

    Raises GenredError where the split leaves a genre or a part without recordings.
    """
    chosen = kind or careful(recordings)
    how = msgspec.convert({"kind": chosen, "seed": seed}, Split)
    sides = np.array(assign(recordings, how))
    train, valid = (
        recordings.pick(np.flatnonzero(sides == part).tolist(), f"{recordings.name}/{part}")
        for part in ("train", "valid")
    )
    model = learner.fit_table(train.features, train.y, LEARNERS[name](seed))
    said = learner.scores(model, valid.features, len(valid.genres))
    heard = Heard(
        data=f"{valid.name} (by {chosen})",
        data_sha256=valid.sha256(),
        windows=list(said[:, None, :]),
        genres=[track.labels for track in valid.read],
        pieces=[1] * len(valid),
        unreadable=recordings.unreadable,
    )
    use = Use(train.name, train.sha256(), len(train))
    return baseline_report(name, seed, use, train.genres, heard)


def careful(recordings: Recordings) -> str:
    """Return the parts that a manifest names, else artists where any is known, else tracks."""
    if all(recordings.parts):
        return "parts"
    return "artist" if any(recordings.artists) else "track"
