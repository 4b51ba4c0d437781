"""A run to a model file: three ways to store numbers, and one that is refused."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.model.metadata import Calibration
from genred.model.package import load
from genred_train.evaluation.clips import clip_probabilities, model_labels
from genred_train.evaluation.figures import track_probabilities
from genred_train.evaluation.temperature import fit_temperature
from genred_train.export.card import card
from genred_train.export.export import Asked, export
from genred_train.features.ranges import Heard, of_clips
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from genred_train.models.heads import tune_thresholds
from genred_train.rejection.strangers import Strangers
from noise_files import write_noises
from runs import SPEC, fitted

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALID = loud_band_clips(seed=9, clips=6)
PARTS = FitParts(loud_band_clips(), VALID)


def heard() -> Heard:
    return of_clips(loud_band_clips(), SPEC)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return fitted(tmp_path_factory.mktemp("run") / "run", epochs=4)


@pytest.mark.parametrize(
    ("quantization", "dtype"),
    [
        ("int8", "int8"),
        pytest.param("int16", "float32", marks=pytest.mark.slow),
        pytest.param("float16", "float32", marks=pytest.mark.slow),
    ],
)
def test_every_storage_is_a_model_that_the_daemon_runs(
    run: Run, tmp_path: Path, quantization: str, dtype: str
) -> None:
    path = tmp_path / "small.tflite"
    asked = Asked("small", "1.0", NOW, quantization, bound=0.05)  # type: ignore[arg-type]
    made = export(run, PARTS, heard(), path, asked)
    model = Classifier(load(path))
    assert model.metadata.input.dtype == dtype
    assert model.metadata.created == "2026-01-02T03:04:05+00:00"
    assert model.metadata.accuracy is not None
    text = card(made, "genred-train export ...", "- It was made for a test.")
    assert "- It was made for a test." in text
    assert str(model.metadata.accuracy.track) in text


def test_what_is_written_is_what_was_fitted_and_measured(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    made = export(run, PARTS, heard(), path, Asked("small", "1.0", NOW, bound=0.05))
    package = load(path)
    plain = msgspec.structs.replace(package.metadata, calibration=Calibration())
    raw = list(clip_probabilities(Classifier(replace(package, metadata=plain)), VALID))
    temperature = fit_temperature(raw, model_labels(VALID, package.metadata.labels))
    assert package.metadata.calibration.temperature == pytest.approx(temperature)
    assert made.live is not None
    assert package.metadata.lag_s == (made.live.overtook_median_s or 0.0)
    network = hashlib.sha256(run.best.read_bytes()).hexdigest()
    assert package.metadata.training.versions["network_sha256"] == network


@pytest.mark.slow
def test_tracking_is_tuned_with_what_the_model_rejects(run: Run, tmp_path: Path) -> None:
    music, noises = loud_band_clips(seed=4, clips=12), write_noises(tmp_path / "noises")
    path = tmp_path / "knows.tflite"
    asked = Asked(
        "knows", "1.0", NOW, bound=0.05, tune=True, strangers=Strangers([music, VALID], noises)
    )
    made = export(run, PARTS, heard(), path, asked)
    package = load(path)
    assert package.metadata.rejection.not_music is not None
    (study,) = made.studies
    assert study.rejection == package.metadata.rejection.not_music
    splits = [use.split for use in package.metadata.training.data]
    assert splits.count("rejection fitted on") == 3
    assert "fitted on" in splits
    # Accuracy is of the labels alone; what was played was played with the new state.
    assert made.live is not None
    plain = tmp_path / "plain.tflite"
    without = export(run, PARTS, heard(), plain, Asked("plain", "1.0", NOW, bound=0.05, tune=True))
    assert without.metadata.accuracy == made.metadata.accuracy
    assert without.metadata.rejection.not_music is None


def test_what_is_apart_is_no_music_that_a_twins_rejection_is_fitted_to(tmp_path: Path) -> None:
    some, others = loud_band_clips(seed=4, clips=6), loud_band_clips(seed=5, clips=6)
    some, others = replace(some, name="some"), replace(others, name="others")
    left = Strangers([some, others], tmp_path).without(
        {"some": some.ids[:2], "others": others.ids, "elsewhere": some.ids}
    )
    assert [(clips.name, clips.ids) for clips in left.music] == [("some", some.ids[2:])]
    assert left.noises == tmp_path


def test_a_model_that_quantization_spoils_is_not_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.tflite"
    # Representative windows that are all alike give ranges that fit nothing else.
    flat = [lambda: [np.zeros((120, 13), np.float32)] * 3]
    asked = Asked("spoilt", "1.0", NOW, "int8", bound=0.01)
    with pytest.raises(GenredError, match=r"a loss of more than 1\.0 points, so nothing"):
        export(run, PARTS, flat, path, asked)
    assert not path.exists()


@pytest.mark.slow
def test_several_genres_get_a_threshold_each(tmp_path: Path) -> None:
    several = fitted(tmp_path / "run", epochs=4, head="sigmoid")
    path = tmp_path / "several.tflite"
    export(several, PARTS, heard(), path, Asked("several", "1.0", NOW, bound=0.05))
    metadata = load(path).metadata
    assert metadata.head == "sigmoid"
    assert metadata.thresholds is not None
    raw = list(clip_probabilities(Classifier(load(path)), VALID))
    tuned = tune_thresholds(track_probabilities(raw), VALID.targets)
    assert list(metadata.thresholds.values()) == pytest.approx(tuned)
    assert list(metadata.thresholds) == VALID.genres
