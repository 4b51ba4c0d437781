"""Whether the program itself is whole: Python, the model file, LiteRT."""

import sys
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from genred.doctor.check import Check, bad, ok
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.model.package import ModelPackage

OLDEST = (3, 11)
"""as pyproject.toml says"""
_REINSTALL = f"{sys.executable} -m pip install --force-reinstall"


def check_python(found: tuple[int, ...] = tuple(sys.version_info[:3])) -> Check:
    """See whether Python is new enough."""
    said = ".".join(map(str, found))
    if found >= OLDEST:
        return ok("python", f"{said} ({sys.executable})")
    oldest = ".".join(map(str, OLDEST))
    return bad(
        "python", f"{said} is too old; {oldest} is needed", f"install Python {oldest} or newer"
    )


def check_model(package: ModelPackage) -> Check:
    """Say which model it is; what does not load never gets here."""
    told = package.metadata
    labels = ", ".join(told.labels)
    digest = told.model_sha256[:12]
    return ok("model", f"{told.name} {told.version}, sha256 {digest}: {labels}")


def check_inference(package: ModelPackage) -> Check:
    """See whether LiteRT runs the model: one window, after a first one that warms it."""
    window = np.zeros(
        (package.metadata.features.window_frames, package.metadata.features.n_coefficients),
        np.float32,
    )
    try:
        classifier = Classifier(package)
    except GenredError as error:
        return bad("litert", str(error), f"{_REINSTALL} ai-edge-litert")
    classifier.probabilities(window)
    begun_s = time.perf_counter()
    probabilities = classifier.probabilities(window)
    took_ms = 1000 * (time.perf_counter() - begun_s)
    if not np.isfinite(probabilities).all():
        return bad("litert", "its result is no number", f"{_REINSTALL} ai-edge-litert")
    interval_ms = 1000 * package.metadata.features.interval_s
    every = f"one window takes {took_ms:.1f} ms, and is due every {interval_ms:.0f} ms"
    if took_ms > interval_ms:
        return bad("litert", every, "give it more CPU, or a smaller model (--model)")
    return ok("litert", f"{_litert()}: {every}")


def _litert() -> str:
    try:
        return f"LiteRT {version('ai-edge-litert')}"
    except PackageNotFoundError:
        return "LiteRT"
