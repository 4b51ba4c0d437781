"""What each named network costs: `python benchmarks/models.py`.

Prints rows for docs/models.md: parameters, int8 size, milliseconds a window with LiteRT on one
core. Networks take turns in one run; their weights are random, which costs the same.
"""

import os

# Before numpy: one thread for every library.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import statistics
import warnings
from typing import Any

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from timing import Work, compare

from genred_train.export.tflite import to_int8
from genred_train.features.ranges import Ranges
from genred_train.models.named import MODELS, NamedModel, build

WINDOWS = 20
"""in each round"""
REPRESENTATIVE = 8


def main() -> None:
    """Print a row for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=101)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="Statistics for quantized inputs")
    flatbuffers = {name: _converted(model) for name, model in MODELS.items()}
    works = {name: _work(flatbuffer) for name, flatbuffer in flatbuffers.items()}
    spent = compare(works, arguments.rounds)
    print("| name | parameters | int8, kB | ms a window | of residual |\n|---|--:|--:|--:|--:|")
    ours = statistics.median(spent["residual"])
    for name, seconds in spent.items():
        middle = statistics.median(seconds)
        print(
            f"| `{name}` | {MODELS[name].parameters:,} | {len(flatbuffers[name]) / 1000:,.0f} | "
            f"{1000 * middle / WINDOWS:.3f} | {middle / ours:.2f} |"
        )


def _converted(model: NamedModel) -> bytes:
    spec = model.features
    ranges = Ranges(np.full(spec.n_coefficients, -40.0), np.full(spec.n_coefficients, 40.0))
    network = build(model.name, spec, model.labels, ranges, batch_size=1)
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-1, 1, (REPRESENTATIVE, *spec.input_shape)).astype(np.float32)
    network.set_weights(_settled(build(model.name, spec, model.labels, ranges), drawn))
    return to_int8(network, list(drawn))


def _settled(network: keras.Model, drawn: NDArray[np.float32]) -> list[NDArray[Any]]:
    """Return weights whose averages of batch norm are of something heard.

    Without, int8 scales may leave what XNNPACK takes.
    """
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(8):
        network(drawn, training=True)
    return list(network.get_weights())


def _work(flatbuffer: bytes) -> Work:
    interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    window = np.random.default_rng(1).integers(-128, 128, given["shape"]).astype(np.int8)
    interpreter.set_tensor(given["index"], window)

    def work() -> None:
        for _ in range(WINDOWS):
            interpreter.invoke()

    return work


if __name__ == "__main__":
    main()
