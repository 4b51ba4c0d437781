"""A taught model stands where a model stands: same interface, more labels."""

from typing import cast

import numpy as np
import pytest

from fakes import metadata
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.pipeline import Model
from genred.taught.classifier import TaughtClassifier
from genred.taught.lesson import Lesson, Song, Taught
from lessons import Recited, song, songs, teachable, windows_of

TAUGHT = Taught([Lesson("house", "", songs(0, 5))], songs(2, 8))


def taught(given: Song, head: str = "softmax") -> tuple[Recited, TaughtClassifier]:
    model = Recited(given, teachable(head))
    return model, TaughtClassifier(cast("Classifier", model), TAUGHT)


def test_it_says_more_labels_that_sum_to_one_and_all_else_is_the_models() -> None:
    given = song(0, 99)
    own, model = taught(given)
    for number, window in enumerate(windows_of(given)):
        said = model.probabilities(window)
        assert said.dtype == np.float32
        assert said.sum() == pytest.approx(1.0, abs=1e-5)
        assert said[3] > said[:3].max()
        embedding = model.embedding()
        assert embedding is not None
        assert embedding.tolist() == given.embeddings[number].tolist()
        assert model.outputs().probabilities.tolist() == given.probabilities[number].tolist()
    as_model: Model = model
    assert as_model.metadata.labels == [*own.metadata.labels, "house"]
    assert as_model.metadata.model_sha256 == own.metadata.model_sha256


def test_what_is_taught_is_no_unknown_music_but_may_be_none() -> None:
    rejected = []
    for given in (song(0, 99), song(2, 99)):
        own, model = taught(given)
        own.rejected = {"unknown": 0.8, "not_music": 0.5}
        model.probabilities(windows_of(given)[0])
        rejected.append(model.rejections())
    mine, other = rejected
    assert mine["unknown"] < 0.2
    assert other["unknown"] > 0.7
    assert mine["not_music"] == other["not_music"] == 0.5


def test_a_model_that_rejects_nothing_still_does_not() -> None:
    _, model = taught(song(0, 99))
    model.probabilities(windows_of(song(0, 99))[0])
    assert model.rejections() == {}


def test_with_several_labels_at_once_a_taught_one_has_a_threshold() -> None:
    given = song(0, 99)
    own = Recited(given, teachable("sigmoid"))
    own.metadata = own.metadata.__class__(
        **{name: getattr(own.metadata, name) for name in own.metadata.__struct_fields__}
        | {"thresholds": {"blues": 0.3, "jazz": 0.4, "rock": 0.5}}
    )
    model = TaughtClassifier(cast("Classifier", own), TAUGHT)
    assert model.metadata.thresholds == {"blues": 0.3, "jazz": 0.4, "rock": 0.5, "house": 0.5}
    said = model.probabilities(windows_of(given)[0])
    assert said[:3].tolist() == given.probabilities[0].tolist()
    assert said[3] > 0.5


def test_a_model_without_an_embedding_is_refused_in_one_line() -> None:
    model = Recited(song(0, 0), metadata())
    with pytest.raises(GenredError, match="has no embedding; choose another, or --no-taught"):
        TaughtClassifier(cast("Classifier", model), TAUGHT)
