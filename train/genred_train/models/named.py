"""Networks by name: what there is, and how one is built. Only building imports Keras."""

import difflib
from typing import Any

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.features.ranges import Ranges
from genred_train.models.named_model import NamedModel
from genred_train.models.ours import CRNN, HYBRID, MUSICNN, RESIDUAL, RESIDUAL_SMALL
from genred_train.models.published import PUBLISHED

__all__ = ["MODELS", "NamedModel", "build", "find"]

MODELS: dict[str, NamedModel] = {
    model.name: model for model in (RESIDUAL, RESIDUAL_SMALL, CRNN, HYBRID, MUSICNN, *PUBLISHED)
}


def build(
    name: str,
    spec: FeatureSpec,
    n_labels: int,
    ranges: Ranges,
    *,
    batch_size: int | None = None,
) -> Any:
    """Build a network: rows (window_frames, n_coefficients, channels) -> [logits, embedding].

    Raises UsageError for a name that nothing has, GenredError if windows of `spec` are too small
    for it or if its two outputs would be of one size, because they are told apart by that.
    """
    model = find(name).build(spec, n_labels, ranges.offset, ranges.scale, batch_size=batch_size)
    if model.outputs[1].shape[-1] == n_labels:
        raise GenredError(
            f"{name}: its embedding has {n_labels} values, as many as there are labels, and no "
            "runtime could tell the two outputs apart; take another model"
        )
    return model


def find(name: str) -> NamedModel:
    """Find a network; raises UsageError with the nearest name if nothing is called so."""
    if name not in MODELS:
        near = difflib.get_close_matches(name.casefold(), MODELS, n=1, cutoff=0.0)[0]
        raise UsageError(f'no model is called "{name}"; the nearest is "{near}"')
    return MODELS[name]
