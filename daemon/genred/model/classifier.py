"""Windows in, calibrated probabilities out: the one file that meets LiteRT."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.mel import delta_matrix
from genred.model.metadata import Metadata, TensorInfo
from genred.model.package import ModelPackage
from genred.model.quantize import Quantizer, dequantized, levelled
from genred.model.quiet import quiet_stderr
from genred.model.scores import Outputs, chances


class Classifier:
    """A model at work. Raises GenredError if the network is not what the file says of it."""

    def __init__(self, package: ModelPackage) -> None:
        self.metadata: Metadata = package.metadata
        self._interpreter = _interpreter(package)
        (given,) = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        _check(package, "input", given, self.metadata.input)
        self._input = given["index"]
        self._output = _find(package, outputs, "output", self.metadata.output)
        self._embedding = None
        if self.metadata.embedding is not None:
            self._embedding = _find(package, outputs, "embedding", self.metadata.embedding)
        self._quantizer = Quantizer(self.metadata.offset, self.metadata.scale, self.metadata.input)
        self._logits = self._probabilities = np.zeros(len(self.metadata.labels), np.float32)
        spec = self.metadata.features
        self._levelled = spec.kind if self.metadata.levelled else None
        self._deltas = [
            delta_matrix(spec.window_frames, order).astype(np.float32)
            for order in range(1, spec.deltas + 1)
        ]

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hear one window (window_frames, n_coefficients); return (labels,).

        Calibrated: for a softmax head they sum to 1, for a sigmoid head each stands alone.
        """
        window = levelled(window, self._levelled) if self._levelled else window
        channels = np.stack([window, *(matrix @ window for matrix in self._deltas)], axis=-1)
        self._interpreter.set_tensor(self._input, self._quantizer.quantized(channels)[None])
        self._interpreter.invoke()
        stored = self._interpreter.get_tensor(self._output)[0]
        logits = dequantized(stored, self.metadata.output)
        self._logits = logits / np.float32(self.metadata.calibration.temperature)
        self._probabilities = head(self._logits, self.metadata.head)
        return self._probabilities

    def embedding(self) -> NDArray[np.float32] | None:
        """Return the vector before the head, of the window heard last; None if there is none."""
        if self._embedding is None or self.metadata.embedding is None:
            return None
        stored = self._interpreter.get_tensor(self._embedding)[0]
        return dequantized(stored, self.metadata.embedding)

    def outputs(self) -> Outputs:
        """Return all that the network gave for the window heard last."""
        return Outputs(self._probabilities, self._logits, self.embedding())

    def rejections(self) -> dict[str, float]:
        """Return how likely the window heard last is `unknown`, `not_music`: what is known of."""
        return chances(self.outputs(), self.metadata.rejection)


def head(logits: NDArray[np.float32], kind: str) -> NDArray[np.float32]:
    """Turn logits (labels,) into probabilities by `softmax` or `sigmoid`."""
    if kind == "sigmoid":
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)
    exact = np.exp(logits - logits.max())
    return np.asarray(exact / exact.sum(), np.float32)


def _interpreter(package: ModelPackage) -> Any:
    try:
        # Here and not above, so that what is missing is told in one line.
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise GenredError(f"LiteRT can't be loaded ({error}); install genred anew") from error
    try:
        with quiet_stderr():
            # Two threads are slower than one for networks of this size.
            interpreter = Interpreter(model_content=package.flatbuffer, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise GenredError(f"{package.path}: LiteRT can't run it ({reason})") from error
    return interpreter


def _find(package: ModelPackage, outputs: list[Any], field: str, info: TensorInfo) -> int:
    """Find an output by its shape: converters do not keep the order of outputs."""
    matching = [found for found in outputs if list(found["shape"]) == info.shape]
    if len(matching) != 1:
        shapes = [list(found["shape"]) for found in outputs]
        raise GenredError(f"{package.path}: {field}.shape {info.shape} is not among {shapes}")
    _check(package, field, matching[0], info)
    return int(matching[0]["index"])


def _check(package: ModelPackage, field: str, found: Any, info: TensorInfo) -> None:
    scale, zero_point = found["quantization"]
    needed: dict[str, tuple[object, object]] = {
        "shape": (list(map(int, found["shape"])), info.shape),
        "dtype": (np.dtype(found["dtype"]).name, info.dtype),
    }
    if info.dtype == "int8":
        needed["scale"] = (float(np.float32(scale)), float(np.float32(info.scale)))
        needed["zero_point"] = (int(zero_point), info.zero_point)
    for part, (real, said) in needed.items():
        if real != said:
            raise GenredError(f"{package.path}: {field}.{part} is {real}, genred.json says {said}")
