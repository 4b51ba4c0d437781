"""Weights and names of labels: a prior, and what they are called outside."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeModel, metadata
from genred.audio.source import Block
from genred.errors import UsageError
from genred.events import GenreRecord, PredictionRecord
from genred.labelled import LabelledModel, weighted
from genred.labels import Labels, parse_names, parse_weights
from genred.model.metadata import Rejection
from genred.pipeline import Pipeline

WINDOW = np.zeros((72, 128), np.float32)
SHARES = st.lists(st.floats(0.0, 1.0, width=32), min_size=3, max_size=3).filter(
    lambda x: sum(x) > 0.01
)
WEIGHTS = st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3).filter(lambda x: sum(x) > 0)


def said(labels: Labels, shares: list[float], head: str = "softmax") -> dict[str, float]:
    model = LabelledModel(FakeModel(lambda _: shares, metadata(head=head)), labels)
    found = model.probabilities(WINDOW)
    assert found.dtype == np.float32
    return dict(zip(model.metadata.labels, found.tolist(), strict=True))


@given(SHARES, WEIGHTS)
def test_weights_are_a_prior_and_the_sum_stays_one(
    shares: list[float], weights: list[float]
) -> None:
    given_ = np.array(shares) / sum(shares)
    made = weighted(given_.astype(np.float32), np.array(weights), "softmax")
    assert made.sum() == pytest.approx(1.0)
    assert (made[np.array(weights) == 0] == 0).all()
    if min(*given_, *weights) > 1e-3:
        odds = given_[0] / given_[1] * weights[0] / weights[1]
        assert made[0] / made[1] == pytest.approx(odds, rel=1e-3)


def test_weights_alike_change_nothing() -> None:
    labels = Labels({"blues": 2.0, "jazz": 2.0, "rock": 2.0})
    assert list(said(labels, [0.2, 0.3, 0.5]).values()) == pytest.approx([0.2, 0.3, 0.5])


def test_a_model_sure_of_what_never_plays_says_nothing_of_the_rest() -> None:
    found = said(Labels({"rock": 0.0, "jazz": 3.0}), [0.0, 0.0, 1.0])
    assert found == pytest.approx({"blues": 0.25, "jazz": 0.75, "rock": 0.0})


def test_with_several_labels_at_once_a_weight_is_on_the_labels_own_odds() -> None:
    found = said(Labels({"jazz": 0.25, "rock": 0.0}), [0.9, 0.8, 1.0], "sigmoid")
    assert found == pytest.approx({"blues": 0.9, "jazz": 0.5, "rock": 0.0})


def test_names_are_what_all_records_say() -> None:
    labels = Labels(names={"rock": "Gitarre"})
    pipeline = Pipeline(LabelledModel(FakeModel(), labels))
    noise = np.random.default_rng(0).standard_normal(22050 * 5).astype(np.float32) * 0.1
    records = pipeline.push(Block(noise))
    genres = [record.genre for record in records if isinstance(record, GenreRecord)]
    heard = [record for record in records if isinstance(record, PredictionRecord)]
    assert genres[-1] == "Gitarre"
    assert set(heard[0].window) == set(heard[0].probabilities) == {"blues", "jazz", "Gitarre"}


def test_two_labels_of_one_name_are_one_label() -> None:
    labels = Labels(names={"blues": "slow", "jazz": "slow"})
    assert said(labels, [0.3, 0.3, 0.4]) == pytest.approx({"slow": 0.6, "rock": 0.4})
    assert said(labels, [0.5, 0.5, 0.4], "sigmoid")["slow"] == pytest.approx(0.75)


def test_labels_of_one_name_are_said_from_the_lowest_threshold_on() -> None:
    described = msgspec.structs.replace(
        metadata(head="sigmoid"), thresholds={"blues": 0.6, "jazz": 0.4, "rock": 0.5}
    )
    model = LabelledModel(
        FakeModel(described=described), Labels(names={"blues": "slow", "jazz": "slow"})
    )
    assert model.metadata.thresholds == {"slow": 0.4, "rock": 0.5}


def test_labels_may_change_their_names_with_each_other() -> None:
    found = said(Labels({"rock": 0.0}, {"rock": "jazz", "jazz": "rock"}), [0.5, 0.5, 0.0])
    assert found == pytest.approx({"blues": 0.5, "rock": 0.5, "jazz": 0.0})


def test_what_the_model_rejects_it_rejects_still() -> None:
    own = FakeModel(described=metadata(unknown=Rejection(threshold=0.5, width=0.1)))
    model = LabelledModel(own, Labels({"rock": 0.1}))
    model.probabilities(WINDOW)
    assert model.rejections() == own.rejections()
    assert set(model.rejections()) == {"unknown"}


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (Labels({"jaz": 1.0}), 'no label is called "jaz"; did you mean "jazz"'),
        (Labels(names={"ROCK": "x"}), 'did you mean "rock"'),
        (Labels({"zouk": 1.0}), r'no label is called "zouk" \(there are blues, jazz, rock\)'),
        (Labels(dict.fromkeys(["blues", "jazz", "rock"], 0.0)), "nothing is left"),
    ],
)
def test_labels_that_are_not_there_are_told_with_the_nearest(labels: Labels, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        LabelledModel(FakeModel(), labels)


def test_options_are_read() -> None:
    assert parse_weights(["rock=0.2", "drum=bass=3", "rock=0"]) == {"rock": 0.0, "drum=bass": 3.0}
    assert parse_names(["rock=Ro=ck"]) == {"rock": "Ro=ck"}


@pytest.mark.parametrize("text", ["rock", "=1", "rock=", "rock=-1", "rock=nan", "rock=inf"])
def test_a_weight_that_is_none_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="LABEL=NUMBER"):
        parse_weights([text])


@pytest.mark.parametrize("text", ["rock", "=x", "rock=", "rock=silence", "rock= x", "rock=a\tb"])
def test_a_name_that_is_none_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError):
        parse_names([text])
