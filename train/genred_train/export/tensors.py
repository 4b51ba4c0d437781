"""What the tensors of a .tflite are: read by the runtime that will run it."""

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from genred.model.metadata import TensorInfo
from genred.model.quiet import quiet_stderr


def tensors(flatbuffer: bytes, n_labels: int) -> tuple[TensorInfo, TensorInfo, TensorInfo | None]:
    """Return input, output (the one of `n_labels` values) and embedding, if there is one."""
    with quiet_stderr():
        interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
        interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    outputs = [_info(found) for found in interpreter.get_output_details()]
    (logits,) = [info for info in outputs if info.shape == [1, n_labels]]
    others = [info for info in outputs if info is not logits]
    return _info(given), logits, others[0] if others else None


def _info(found: Any) -> TensorInfo:
    scale, zero_point = found["quantization"]
    kind = np.dtype(found["dtype"]).name
    return TensorInfo(
        shape=[int(size) for size in found["shape"]],
        dtype="int8" if kind == "int8" else "float32",
        scale=float(scale) if kind == "int8" else 1.0,
        zero_point=int(zero_point),
    )
