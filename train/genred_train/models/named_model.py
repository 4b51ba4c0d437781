"""What a name stands for. Keras is imported by what builds a network, not by what names it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from genred.features.spec import FeatureSpec
from genred_train.models.plan import Plan

Builder = Callable[..., Any]
"""(spec, n_labels, offset, scale, *, batch_size=None) -> a Keras model: rows -> [logits, embedding]

Logits carry no activation: softmax or sigmoid is the business of the loss and of the daemon.
"""


@dataclass(frozen=True)
class NamedModel:
    """A network, what it hears, and what its authors fitted it with."""

    name: str
    summary: str
    """one line"""
    features: FeatureSpec
    """its own shape; others are taken as long as its pooling leaves something"""
    build: Builder
    layers: str
    """in words, in order"""
    parameters: int
    """all of them, at its own shape and with its own number of labels"""
    labels: int
    """that number"""
    head: Literal["softmax", "sigmoid"] = "softmax"
    learning_rate: float = 2e-3
    batch_size: int = 64
    epochs: int = 160
    """these three are its authors' where they told them, else ours"""
    figure: str = ""
    """what its authors measured, on segments split at random"""


def late(name: str, function: str = "") -> Builder:
    """Return a builder of a module, of the same name unless told, imported when it builds."""

    def build(*given: Any, **options: Any) -> Any:
        module = importlib.import_module(f"genred_train.models.{name}")
        return getattr(module, function or name)(*given, **options)

    return build


def planned(plan: Plan) -> Builder:
    """Return the builder of a plan."""

    def build(*given: Any, **options: Any) -> Any:
        return late("convolutional")(plan, *given, **options)

    return build
