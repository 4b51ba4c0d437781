"""What a command makes sure of before it begins."""

import importlib
import importlib.util
import os

from genred.errors import GenredError, UsageError
from genred.model.quiet import quiet_stderr
from genred_train.collection.clips import Clips
from genred_train.collection.shared import shared_recordings
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run

_EXTRAS = {"tensorflow": "train", "torch": "gpu", "keras": "train"}
"""of this project, which bring a package"""
_BACKENDS = ("tensorflow", "torch")


def backend() -> str:
    """Name what Keras computes with, without importing it: KERAS_BACKEND, or TensorFlow."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def need_keras() -> None:
    """Raise GenredError where Keras or what it computes with is missing.

    Raises UsageError for a backend that nothing here is tried with.
    """
    if backend() not in _BACKENDS:
        raise UsageError(f"KERAS_BACKEND is {backend()}: give one of {', '.join(_BACKENDS)}")
    _need(backend(), "keras")


def need_tensorflow() -> None:
    """Raise GenredError in a light installation, UsageError where Keras shall take another one."""
    if backend() != "tensorflow":
        raise UsageError("KERAS_BACKEND: this command needs TensorFlow; unset the variable")
    _need("tensorflow", "keras")


def _need(*names: str) -> None:
    for name in names:
        if importlib.util.find_spec(name) is None:
            extra = _EXTRAS[name]
            raise GenredError(f"needs {name}: install the extra, pip install 'genred[{extra}]'")


def wake_keras() -> None:
    """Import Keras and what it computes with, without TensorFlow's greetings.

    Under PyTorch, too: Keras looks at TensorFlow where it is installed.
    """
    # Else Keras would read a file of its own, which nothing here looks into.
    os.environ["KERAS_BACKEND"] = backend()
    if backend() == "tensorflow":
        wake_tensorflow()
    with quiet_stderr():
        importlib.import_module("keras")


def wake_tensorflow() -> None:
    """Import TensorFlow, three seconds, without its greetings: no setting of its own stops them.

    oneDNN's kernels are TensorFlow's own choice only where a CPU has AVX-512; with AVX2 a step of
    the network `residual` takes 0.38 s with them, 0.57 without.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with quiet_stderr():
        tensorflow = importlib.import_module("tensorflow")
        tensorflow.config.list_physical_devices("GPU")


def check_use(run: Run, clips: Clips, split: str) -> None:
    """Raise UsageError unless these very clips were `fitted on`, or `chosen by`, in a run."""
    noted = [use.digest for use in run.config.data if use.split == split]
    if clips.sha256 not in noted:
        raise UsageError(
            f"{clips.name} is not what {run.folder} was {split}: its digest differs; bring the "
            "clips of then back, or fit a new --run"
        )


def check_unused(run: Run, parts: FitParts, clips: Clips) -> None:
    """Raise UsageError if a run was fitted on or chosen by any of these clips."""
    for use in run.config.data:
        if use.digest == clips.sha256:
            raise UsageError(f"{clips.name} is what {run.folder} was {use.split}: not another one")
    for part, use_of in ((parts.train, "fitted on"), (parts.valid, "chosen by")):
        shared = shared_recordings(part, clips)
        if shared:
            raise UsageError(
                f"{clips.name}: {run.folder} was {use_of} {len(shared)} of its clips, such as "
                f"{shared[0]}: it is no other collection"
            )
