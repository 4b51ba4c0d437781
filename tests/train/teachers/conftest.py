"""A file of weights as a teacher's are, drawn at random."""

import importlib
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of musicnn's shapes, under the names that its file has."""
    from genred_train.teachers.musicnn_network import along, of_window  # noqa: PLC0415 - Keras

    path = tmp_path_factory.mktemp("teacher") / "weights.h5"
    rng = np.random.default_rng(0)
    with importlib.import_module("h5py").File(path, "w") as file:
        for layer in [*along().layers, *of_window().layers]:
            for weight in layer.weights:
                shape = tuple(weight.shape)
                values = rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32)
                values = values**2 + 1 if weight.name == "moving_variance" else values
                file[f"model_weights/{layer.name}/{layer.name}/{weight.name}_1:0"] = values
    return path
