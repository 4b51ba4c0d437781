"""A run's float network as a listener."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import keras
import msgspec
import numpy as np
import pytest

from fakes import metadata
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.evaluation.network import network_listener
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import DataSource
from genred_train.fitting.run import Run, RunConfig

SPEC = FeatureSpec(n_mels=16, n_mfcc=8, window_frames=12, interval_frames=3, deltas=1)
LABELS = ["blues", "jazz", "rock"]
RNG = np.random.default_rng(0)
OFFSET, SCALE = RNG.normal(size=8), RNG.uniform(1, 2, 8)


def run(folder: Path, outputs: int = 3, head: Literal["softmax", "sigmoid"] = "softmax") -> Run:
    keras.utils.set_random_seed(0)
    given = keras.Input(SPEC.input_shape)
    embedding = keras.layers.Flatten(name="embedding")(given)
    logits = keras.layers.Dense(outputs, name="logits")(embedding)
    config = RunConfig(
        options=FitOptions(head=head),
        labels=LABELS,
        features=SPEC,
        offset=OFFSET.tolist(),
        scale=SCALE.tolist(),
        data=[],
        source=DataSource(train=""),
        audio=[],
        command="",
        git="",
        versions={},
    )
    made = Run(folder, config)
    keras.Model(given, logits).save(made.best)
    return made


def windows(n: int) -> list[np.ndarray]:
    return list(np.random.default_rng(1).normal(size=(n, 12, 8)).astype(np.float32))


def test_it_says_what_the_network_says_of_normalised_rows(tmp_path: Path) -> None:
    made = run(tmp_path)
    ranges = Ranges.of(OFFSET.tolist(), SCALE.tolist())
    normal = (np.stack(windows(5)) - ranges.offset) / ranges.scale
    logits = np.asarray(
        keras.models.load_model(made.best)(to_channels(normal.astype(np.float32), SPEC))
    )
    exact = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = network_listener(made, None)
    np.testing.assert_allclose(found.hear(windows(5)), exact, rtol=1e-5)
    assert (found.labels, found.features, found.thresholds) == (LABELS, SPEC, None)
    assert found.hear([]).shape == (0, 3)


def test_a_view_that_is_written_anew_is_heard_as_it_was(tmp_path: Path) -> None:
    found = network_listener(run(tmp_path), None)
    view = np.empty((12, 8), np.float32)

    def one_view(given: list[np.ndarray]) -> Iterator[np.ndarray]:
        for window in given:
            view[:] = window
            yield view

    np.testing.assert_array_equal(found.hear(one_view(windows(4))), found.hear(windows(4)))


def test_a_sigmoid_head_has_the_thresholds_of_the_file(tmp_path: Path) -> None:
    made = run(tmp_path, head="sigmoid")
    assert network_listener(made, None).thresholds == dict.fromkeys(LABELS, 0.5)
    exported = msgspec.structs.replace(
        metadata(head="sigmoid", spec=SPEC),
        thresholds={"blues": 0.2, "jazz": 0.3, "rock": 0.4},
        offset=OFFSET.tolist(),
        scale=SCALE.tolist(),
    )
    found = network_listener(made, exported)
    assert found.thresholds == exported.thresholds
    said = found.hear(windows(2))
    assert not np.allclose(said.sum(axis=1), 1.0)


def test_a_run_without_a_network_or_with_another_is_one_line(tmp_path: Path) -> None:
    made = run(tmp_path, outputs=4)
    with pytest.raises(GenredError, match="its shapes are"):
        network_listener(made, None)
    made.best.write_bytes(b"nothing")
    with pytest.raises(GenredError, match="no network"):
        network_listener(made, None)
    made.best.unlink()
    with pytest.raises(GenredError, match="fit the run first"):
        network_listener(made, None)


def test_a_file_of_another_network_with_the_same_ranges_is_refused(tmp_path: Path) -> None:
    made = run(tmp_path)
    exported = msgspec.structs.replace(
        metadata(spec=SPEC), offset=OFFSET.tolist(), scale=SCALE.tolist()
    )
    assert network_listener(made, exported).sha256, "files of the first version do not tell"
    digest = hashlib.sha256(made.best.read_bytes()).hexdigest()
    for told, right in ((digest, True), ("0" * 64, False)):
        training = msgspec.structs.replace(exported.training, versions={"network_sha256": told})
        file = msgspec.structs.replace(exported, training=training)
        if right:
            assert network_listener(made, file).sha256 == digest
            continue
        with pytest.raises(GenredError, match="made from another network; give the run"):
            network_listener(made, file)


def test_a_file_that_was_not_exported_from_the_run_is_refused_in_one_line(tmp_path: Path) -> None:
    made = run(tmp_path)
    with pytest.raises(GenredError, match="its features are not the model file's"):
        network_listener(made, metadata())
    with pytest.raises(GenredError, match="its offset are not the model file's"):
        network_listener(made, metadata(spec=SPEC))
