"""What differs between the backends of Keras that networks are fitted on."""

import importlib
from typing import Any

import keras


def repeatable() -> None:
    """Take those kernels only that give the same result each time; of PyTorch's, cuDNN's."""
    backend = keras.backend.backend()
    library: Any = importlib.import_module(backend)
    if backend == "tensorflow":
        library.config.experimental.enable_op_determinism()
    elif backend == "torch":
        library.backends.cudnn.deterministic = True
        library.backends.cudnn.benchmark = False
