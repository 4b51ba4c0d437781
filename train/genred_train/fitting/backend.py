"""What differs between the backends of Keras that a network is fitted on: TensorFlow, or PyTorch.

Which one it is, the variable KERAS_BACKEND tells, or Keras' own file of settings.
"""

import importlib
from typing import Any

import keras


def repeatable() -> None:
    """Take those kernels only that give the same result each time."""
    backend = keras.backend.backend()
    library: Any = importlib.import_module(backend)
    if backend == "tensorflow":
        library.config.experimental.enable_op_determinism()
    elif backend == "torch":
        library.backends.cudnn.deterministic = True
        library.backends.cudnn.benchmark = False
