"""A fitted network to a .tflite: int8 throughout, int16 activations, or float16 weights."""

import contextlib
import io
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.tools import flatbuffer_utils

from genred.model.quiet import quiet_stderr

Quantization = Literal["int8", "int16", "float16"]

_OPS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
    "float16": tf.lite.OpsSet.TFLITE_BUILTINS,
}


def convert(
    network: Any, representative: Sequence[NDArray[Any]], quantization: Quantization
) -> bytes:
    """Turn a Keras network of batch size 1 into a .tflite.

    int8: weights, activations, input and outputs. int16: int8 weights, int16 activations, float32
    input and outputs. float16: weights alone, all else float32. `representative` are inputs
    (frames, coefficients, channels) such as the daemon will give.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [_OPS[quantization]]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    else:
        converter.representative_dataset = lambda: ([window[None]] for window in representative)
    if quantization == "int8":
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    # The converter prints the graph's captures, a line each, and warns of what was asked for.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), quiet_stderr():
        warnings.simplefilter("ignore", UserWarning)
        return _nameless(converter.convert())


def _nameless(flatbuffer: bytes) -> bytes:
    """Leave out the names of tensors, which nothing here reads: 6 kB of a small model's 99."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(flatbuffer))
    flatbuffer_utils.strip_strings(model)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def to_int8(network: Any, representative: Sequence[NDArray[Any]]) -> bytes:
    """Quantize a Keras network of batch size 1 throughout."""
    return convert(network, representative, "int8")
