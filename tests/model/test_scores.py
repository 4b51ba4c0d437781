"""Scores: high for what a model knows; chances: high for what it does not."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.model.classifier import Classifier, head
from genred.model.metadata import Rejection, Rejections
from genred.model.scores import Outputs, by_name, chance, chances, score
from genred.model.shipped import load_model

EMBEDDING = Rejection(threshold=0.0, width=1.0, score="embedding", weights=[1.0, -2.0], bias=0.5)


def outputs(logits: list[float], embedding: list[float] | None = None) -> Outputs:
    row = np.array(logits, np.float32)
    vector = None if embedding is None else np.array(embedding, np.float32)
    return Outputs(head(row, "softmax"), row, vector)


def scored(name: str, logits: list[float]) -> float:
    return float(score(outputs(logits), Rejection(threshold=0.0, width=1.0, score=name)))  # type: ignore[arg-type]


def test_the_scores_are_their_formulas() -> None:
    logits = np.log([0.7, 0.2, 0.1]).tolist()
    assert scored("max_probability", logits) == pytest.approx(0.7, abs=1e-6)
    assert scored("margin", logits) == pytest.approx(0.5, abs=1e-6)
    assert scored("energy", logits) == pytest.approx(0.0, abs=1e-6)
    found = score(outputs(logits, [3.0, 1.0]), EMBEDDING)
    assert float(found) == pytest.approx(3.0 - 2.0 + 0.5)


@given(st.lists(st.floats(-80, 80, width=32), min_size=1, max_size=6), st.floats(-500, 500))
def test_energy_goes_with_the_logits_and_the_others_do_not(
    logits: list[float], shift: float
) -> None:
    moved = [logit + shift for logit in logits]
    assert scored("energy", moved) == pytest.approx(scored("energy", logits) + shift, abs=1e-2)
    assert scored("margin", moved) == pytest.approx(scored("margin", logits), abs=1e-2)


def test_many_windows_at_once_are_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 3)).astype(np.float32)
    vectors = rng.normal(size=(5, 2)).astype(np.float32)
    shares = np.stack([head(row, "softmax") for row in logits])
    plain = Rejection(threshold=0.0, width=1.0)
    asked = [EMBEDDING] + [
        msgspec.structs.replace(plain, score=name)
        for name in ("max_probability", "margin", "energy")
    ]
    for rejection in asked:
        together = score(Outputs(shares, logits, vectors), rejection)
        rows = zip(shares, logits, vectors, strict=True)
        np.testing.assert_allclose(together, [score(Outputs(*row), rejection) for row in rows])


def test_one_label_has_a_lead_over_nothing() -> None:
    assert scored("margin", [2.0]) == pytest.approx(1.0)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_a_chance_is_half_at_the_threshold_and_falls(low: float, high: float, width: float) -> None:
    curve = Rejection(threshold=low, width=width)
    at, above, below = (
        float(chance(np.array(value), curve)) for value in (low, low + abs(high), low - abs(high))
    )
    assert at == 0.5
    assert 0.0 <= above <= at <= below <= 1.0
    assert above + below == pytest.approx(1.0, abs=1e-6)


def test_only_what_the_model_knows_has_a_chance() -> None:
    found = outputs([1.0, 0.0])
    assert chances(found, Rejections()) == {}
    unsure = Rejection(threshold=0.9, width=0.05)
    assert chances(found, Rejections(not_music=unsure))["not_music"] > 0.9


def test_an_embedding_that_is_not_there_has_no_score() -> None:
    with pytest.raises(ValueError, match="no embedding"):
        score(outputs([1.0, 0.0]), EMBEDDING)


def test_the_classifier_tells_of_the_window_heard_last() -> None:
    model = Classifier(load_model("base"))
    spec = model.metadata.features
    rng = np.random.default_rng(0)
    for _ in range(2):
        window = rng.normal(-20, 10, (spec.window_frames, spec.n_coefficients)).astype(np.float32)
        said = model.probabilities(window)
        found = model.outputs()
        np.testing.assert_array_equal(found.probabilities, said)
        np.testing.assert_allclose(head(found.logits, "softmax"), said, atol=1e-6)
        np.testing.assert_array_equal(found.embedding, model.embedding())
    assert set(model.rejections()) == set(by_name(model.metadata.rejection))
