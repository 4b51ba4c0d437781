"""Every network becomes int8 throughout and goes on saying what it said."""

from typing import Any

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from genred_train.export.tflite import to_int8
from genred_train.models.named import MODELS, build
from network_rows import levels, ranges, rows

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs:UserWarning")

FAST = "cnn-48-32-16-72"


def settled(name: str, given: NDArray[np.float32]) -> Any:
    """Build a network whose batch normalisation has seen what it will hear."""
    spec = MODELS[name].features
    keras.utils.set_random_seed(1)
    model = build(name, spec, MODELS[name].labels, ranges(spec))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(5):
        model(given, training=True)
    return model


def quantized(model: Any, given: NDArray[np.float32]) -> tuple[NDArray[np.float64], set[str]]:
    """Return the logits of an int8 copy, and which types its tensors have."""
    single = keras.Input(model.input.shape[1:], batch_size=1)
    flatbuffer = to_int8(keras.Model(single, model(single)), list(given))
    interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
    interpreter.allocate_tensors()
    (rows_in,) = interpreter.get_input_details()
    labels = model.outputs[0].shape[-1]
    (out,) = [o for o in interpreter.get_output_details() if list(o["shape"]) == [1, labels]]
    assert rows_in["dtype"] == out["dtype"] == np.int8
    (scale, zero), (out_scale, out_zero) = rows_in["quantization"], out["quantization"]
    logits = []
    for window in given:
        stored = np.clip(np.rint(window / scale + zero), -128, 127).astype(np.int8)
        interpreter.set_tensor(rows_in["index"], stored[None])
        interpreter.invoke()
        logits.append(
            (interpreter.get_tensor(out["index"])[0].astype(float) - out_zero) * out_scale
        )
    types = {np.dtype(t["dtype"]).name for t in interpreter.get_tensor_details()}
    return np.array(logits), types


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == FAST else pytest.mark.slow) for name in MODELS],
)
def test_int8_says_what_float_says(name: str) -> None:
    spec = MODELS[name].features
    given = rows(levels(spec, 60), spec)
    model = settled(name, given)
    found, types = quantized(model, given)
    exact = np.asarray(model(given)[0])
    spread = (exact - exact.mean(axis=0)).std()
    error = np.sqrt(np.mean((found - exact) ** 2))
    same = (found.argmax(axis=1) == exact.argmax(axis=1)).mean()
    print(f"{name}: error {error / spread:.3f} of the spread, same label {same:.2f}")
    assert error < 0.35 * spread
    assert same >= 0.8
    # A recurrent layer's first step starts from a constant, which the converter leaves as it is.
    assert types - ({"float32"} if name == "crnn" else set()) == {"int8", "int32"}
