"""A fitted network to a full-int8 .tflite."""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def to_int8(network: Any, representative: Sequence[NDArray[np.float32]]) -> bytes:
    """Quantize a Keras network of batch size 1; weights, activations, input and outputs int8.

    `representative` are inputs (frames, coefficients, channels) such as the daemon will give.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([window[None]] for window in representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    # The converter prints the graph's captures, a line each.
    with contextlib.redirect_stdout(io.StringIO()):
        return bytes(converter.convert())
