"""Carry out trials one after the other; what is done already is not done again."""

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.baselines.named import BASELINES
from genred_train.collection.clips import Clips
from genred_train.comparison.grid import Trial
from genred_train.comparison.parts import parts_of
from genred_train.comparison.results import Result, clear, read, write
from genred_train.evaluation.figures import track_accuracy, window_accuracy
from genred_train.evaluation.heard import of_clips
from genred_train.features.ranges import Ranges, measure, of_files
from genred_train.fitting.claims import clip_logits, probabilities
from genred_train.fitting.fit import fit
from genred_train.fitting.network import load_network
from genred_train.fitting.options import window_spec
from genred_train.fitting.parts import DataSource, FitParts
from genred_train.fitting.run import Run, RunConfig, load, start
from genred_train.fitting.uses import use
from genred_train.models.named import find


@dataclass(frozen=True)
class Contest:
    """Clips, sound for ranges, and the folder of results."""

    train: Clips
    valid: Clips
    audio: Sequence[Path]
    folder: Path
    now_s: Callable[[], float]
    """a clock"""
    known: dict[FeatureSpec, Ranges] = field(default_factory=dict)

    def result(self, trial: Trial) -> Result:
        """Return what a trial comes to, from an earlier run or anew."""
        folder = self.folder / trial.slug
        found = read(folder, trial, self.digest)
        if found is None:
            found = self._carried_out(trial, folder)
            write(folder, found)
        return found

    @cached_property
    def digest(self) -> str:
        """Of all that results depend on beside their trials: clips, and the sound of ranges."""
        return f"{self.train.sha256} {self.valid.sha256} {_digest(self.audio)}"

    def _carried_out(self, trial: Trial, folder: Path) -> Result:
        began_s = self.now_s()
        spec = window_spec(trial.options, find(trial.options.model).features)
        fitted_on, scored = parts_of(trial, self.train, self.valid, spec)
        if trial.baseline:
            clear(folder)
            learned = BASELINES[trial.baseline].fit(fitted_on, spec, trial.options.seed)
            claims, parameters = learned.probabilities(scored), None
        else:
            claims, parameters = self._network(trial, spec, fitted_on, scored, folder)
        heard = of_clips(scored, claims, spec.window_frames)
        truth = heard.truth(scored.genres)
        return Result(
            trial=trial,
            digest=self.digest,
            fitted_on=len(fitted_on),
            scored=len(scored),
            parameters=parameters,
            track=track_accuracy(heard.windows, truth),
            window=window_accuracy(heard.windows, truth),
            taken_s=round(self.now_s() - began_s, 1),
        )

    def _network(
        self, trial: Trial, spec: FeatureSpec, fitted_on: Clips, scored: Clips, folder: Path
    ) -> tuple[list[NDArray[np.float32]], int]:
        keras.backend.clear_session()
        ranges = self._ranges(spec)
        config = RunConfig(
            options=msgspec.structs.replace(trial.options, head=trial.options.head or "softmax"),
            labels=fitted_on.genres,
            features=spec,
            offset=ranges.offset.tolist(),
            scale=ranges.scale.tolist(),
            data=[use(fitted_on, "fitted on"), use(scored, "chosen by")],
            source=DataSource(train=fitted_on.name, valid=scored.name),
            audio=[str(path) for path in self.audio],
            command="genred-train compare",
            git="",
            versions={},
        )
        run = _begun(folder, config)
        fit(run, FitParts(fitted_on, scored), resume=True, verbose=0, logged=False)
        network = load_network(run.best)
        logits = clip_logits(network, scored, spec, ranges)
        claims = [probabilities(clip, run.config.options.head) for clip in logits]
        run.last.unlink()
        return claims, int(network.count_params())

    def _ranges(self, spec: FeatureSpec) -> Ranges:
        """Measure what coefficients span, once for trials whose frames are the same."""
        if spec not in self.known:
            self.known[spec] = measure(of_files(list(self.audio), spec), spec)
        return self.known[spec]


def _begun(folder: Path, config: RunConfig) -> Run:
    """Go on with the run of this very trial that was stopped there, else begin it."""
    with contextlib.suppress(GenredError):
        found = load(folder)
        if found.config == config:
            return found
    clear(folder)
    return start(folder, config)


def _digest(files: Sequence[Path]) -> str:
    """Digest of what files hold, wherever they lie; raises GenredError for an unreadable one."""
    whole = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise GenredError(f"{path}: {error.strerror}; give --data its folder") from error
    return whole.hexdigest()
