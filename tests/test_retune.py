"""Other figures and labels while music plays: no audio is lost, and what is said holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from fakes import LABELS, FakeModel, metadata
from genred.audio.source import Block
from genred.events import UNKNOWN, GenreRecord, PredictionRecord
from genred.features.spec import FeatureSpec
from genred.labelled import labelled
from genred.labels import Labels, moved
from genred.parameters import Tracking
from genred.pipeline import Model, Pipeline, StreamRecord

RATE = FeatureSpec().sample_rate
NOTHING = Labels()


def noise(seconds: float, amplitude: float = 0.1) -> Block:
    rng = np.random.default_rng(0)
    return Block((rng.standard_normal(round(seconds * RATE)) * amplitude).astype(np.float32))


class Heard:
    """A pipeline under way, with wishes for its labels that can be changed."""

    def __init__(self, head: str = "softmax", says: list[float] | None = None) -> None:
        self.says = says or [0.1, 0.1, 0.8]
        self.own: Model = FakeModel(lambda _: self.says, metadata(head=head))
        self.labels = NOTHING
        self.pipeline = Pipeline(self.own)
        self.records: list[StreamRecord] = []

    def play(self, seconds: float, amplitude: float = 0.1) -> "Heard":
        self.records += self.pipeline.push(noise(seconds, amplitude))
        return self

    def wish(self, labels: Labels, tracking: Tracking | None = None) -> list[StreamRecord]:
        """Change; return what is said of it at once."""
        names = moved(LABELS, self.labels, labels)
        told = self.pipeline.retune(
            labelled(self.own, labels), tracking or self.pipeline.tracking, names
        )
        self.labels = labels
        self.records += told
        return told

    @property
    def genres(self) -> list[GenreRecord]:
        return [record for record in self.records if isinstance(record, GenreRecord)]

    @property
    def said(self) -> list[str]:
        return [record.genre for record in self.genres]

    @property
    def last(self) -> dict[str, float]:
        predictions = [r for r in self.records if isinstance(r, PredictionRecord)]
        return predictions[-1].probabilities


def test_a_renamed_label_is_announced_anew_at_once_with_its_onset() -> None:
    heard = Heard().play(5.0)
    before = heard.genres[-1]
    (told,) = heard.wish(Labels(names={"rock": "Rock!"}))
    assert isinstance(told, GenreRecord)
    assert (told.genre, told.previous, told.onset) == ("Rock!", "rock", before.onset)
    assert told.audio_time == heard.pipeline.audio_time
    heard.play(5.0)
    assert heard.said == [UNKNOWN, "rock", "Rock!"]
    assert set(heard.last) == {"blues", "jazz", "Rock!"}


def test_another_labels_name_is_no_news() -> None:
    heard = Heard().play(5.0)
    assert heard.wish(Labels(names={"jazz": "swing"})) == []
    heard.play(2.0)
    assert heard.said == [UNKNOWN, "rock"]


def test_a_label_of_weight_zero_is_taken_back_and_another_found_without_dwell() -> None:
    heard = Heard(says=[0.05, 0.25, 0.7]).play(5.0)
    (told,) = heard.wish(Labels(weights={"rock": 0.0}), Tracking(dwell_s=60.0))
    assert isinstance(told, GenreRecord)
    assert (told.genre, told.previous) == (UNKNOWN, "rock")
    heard.play(2.0)
    assert heard.said == [UNKNOWN, "rock", UNKNOWN, "jazz"]
    assert heard.last["rock"] < 0.02


def test_two_labels_that_become_one_are_as_likely_as_both() -> None:
    heard = Heard(says=[0.1, 0.4, 0.5]).play(6.0)
    both = heard.last["jazz"] + heard.last["rock"]
    heard.wish(Labels(names={"jazz": "band", "rock": "band"}))
    heard.play(0.6)
    assert heard.last["band"] >= both
    assert heard.said[-1] == "band"


def test_names_may_be_swapped() -> None:
    heard = Heard().play(5.0)
    heard.wish(Labels(names={"rock": "jazz", "jazz": "rock"}))
    heard.play(2.0)
    assert heard.said == [UNKNOWN, "rock", "jazz"]


def test_in_a_rest_nothing_is_said_and_the_piece_goes_on_under_its_new_name() -> None:
    heard = Heard().play(5.0).play(1.5, amplitude=0.0)
    assert heard.said[-1] == "silence"
    assert heard.wish(Labels(names={"rock": "Rock!"})) == []
    heard.play(1.0)
    assert heard.said == [UNKNOWN, "rock", "silence", "Rock!"]


def test_what_was_taken_back_in_a_rest_does_not_come_back() -> None:
    heard = Heard(says=[0.05, 0.25, 0.7]).play(5.0).play(1.5, amplitude=0.0)
    heard.wish(Labels(weights={"rock": 0.0}))
    heard.play(5.0)
    assert heard.said == [UNKNOWN, "rock", "silence", UNKNOWN, "jazz"]


def test_before_anything_is_heard_a_change_says_nothing() -> None:
    heard = Heard()
    assert heard.wish(Labels(names={"rock": "Rock!"}), Tracking(margin=0.2)) == []
    heard.play(5.0)
    assert heard.said == [UNKNOWN, "Rock!"]


def test_several_labels_at_once_are_renamed_and_taken_back_one_by_one() -> None:
    heard = Heard("sigmoid", [0.1, 0.7, 0.9]).play(5.0)
    assert heard.genres[-1].genres == ["jazz", "rock"]
    (told,) = heard.wish(Labels(names={"jazz": "swing"}))
    assert isinstance(told, GenreRecord)
    assert (told.genre, told.genres) == ("rock", ["swing", "rock"])
    (told,) = heard.wish(Labels(names={"jazz": "swing"}, weights={"rock": 0.0}))
    assert isinstance(told, GenreRecord)
    assert (told.genre, told.genres) == ("swing", ["swing"])
    heard.play(3.0)
    assert heard.said == [UNKNOWN, "rock", "rock", "swing"]
    (told,) = heard.wish(Labels(weights={"rock": 0.0, "jazz": 0.0}))
    assert isinstance(told, GenreRecord)
    assert told.genre == UNKNOWN


def test_the_next_label_goes_by_the_new_margin_and_dwell() -> None:
    heard = Heard(says=[0.1, 0.1, 0.8]).play(5.0)
    heard.wish(NOTHING, Tracking(dwell_s=4.0, stability_s=1.0, evidence=1.0))
    heard.says = [0.1, 0.8, 0.1]
    heard.play(3.0)
    assert heard.said[-1] == "rock"
    heard.play(6.0)
    assert heard.said[-1] == "jazz"
    heard.wish(NOTHING, Tracking(margin=0.95, stability_s=1.0, evidence=1.0))
    heard.says = [0.7, 0.2, 0.1]
    heard.play(6.0)
    assert heard.said[-1] == "jazz"


def test_who_leads_goes_on_leading_under_another_name() -> None:
    """A name that changes starts no dwell anew."""
    heard, alone = Heard(), Heard()
    slow = Tracking(dwell_s=3.0, stability_s=1.0, evidence=1.0)
    for one in (heard, alone):
        one.wish(NOTHING, slow)
        one.play(5.0)
        one.says = [0.02, 0.96, 0.02]
        one.play(3.0)
    heard.wish(Labels(names={"jazz": "swing"}), slow)
    for one in (heard, alone):
        one.play(6.0)
    assert (heard.said[-1], alone.said[-1]) == ("swing", "jazz")
    assert heard.genres[-1].audio_time == alone.genres[-1].audio_time


def test_a_renamed_label_is_as_sure_as_it_is_now_not_as_it_was() -> None:
    heard = Heard().play(12.0)
    then = heard.genres[-1].confidence
    (told,) = heard.wish(Labels(names={"rock": "Rock!"}))
    assert isinstance(told, GenreRecord)
    assert told.confidence == pytest.approx(heard.last["rock"])
    assert told.confidence != then


def test_of_a_name_that_is_split_only_labels_that_could_be_meant_have_a_share() -> None:
    one = {"jazz": "band", "rock": "band"}
    assert moved(LABELS, Labels({"jazz": 0.0}, one), NOTHING) == {
        "blues": ["blues"],
        "band": ["rock"],
    }
    assert moved(LABELS, Labels(names=one), NOTHING)["band"] == ["jazz", "rock"]
    assert moved(LABELS, Labels(names=one), Labels({"jazz": 0.0}))["band"] == ["rock"]


def test_once_none_of_several_is_left_the_next_needs_no_dwell() -> None:
    heard = Heard("sigmoid", [0.1, 0.1, 0.9]).play(5.0)
    heard.wish(Labels(weights={"rock": 0.0}), Tracking(dwell_s=60.0))
    heard.says = [0.1, 0.95, 0.9]
    heard.play(12.0)
    assert heard.said[-2:] == [UNKNOWN, "jazz"]


def test_the_gate_goes_by_other_levels_from_the_next_frame_on() -> None:
    heard = Heard().play(5.0)
    heard.wish(NOTHING, Tracking(open_dbfs=-10.0, close_dbfs=-12.0))
    heard.play(1.0)
    assert heard.said[-1] == "silence"


def test_a_model_that_hears_otherwise_can_not_take_over() -> None:
    heard = Heard()
    other = FakeModel(None, metadata(spec=FeatureSpec(hop_length=512)))
    with pytest.raises(ValueError, match="other features"):
        heard.pipeline.retune(other, Tracking(), {})


WISHES = st.builds(
    Labels,
    st.dictionaries(st.sampled_from(LABELS[:2]), st.sampled_from([0.0, 0.5, 2.0])),
    st.dictionaries(st.sampled_from(LABELS), st.sampled_from([*LABELS, "other"])),
)
FIGURES = st.builds(
    Tracking,
    stability_s=st.floats(0.1, 100.0),
    margin=st.floats(0.0, 0.9),
    dwell_s=st.floats(0.0, 3.0),
    evidence=st.floats(0.01, 1.0),
)


@given(st.lists(st.tuples(st.floats(0.0, 4.0), WISHES, FIGURES), max_size=4))
@settings(max_examples=25)
def test_whatever_changes_when_the_audio_and_the_genre_that_holds_stay_whole(
    changes: "list[tuple[float, Labels, Tracking]]",
) -> None:
    heard, alone = Heard(), Heard()
    total = 3.5
    heard.play(total)
    for seconds, labels, tracking in changes:
        heard.wish(labels, tracking)
        heard.play(seconds)
        total += seconds
    # The windows are those of undisturbed audio: the same frames, at the same times.
    alone.play(3.5)
    for seconds, _, _ in changes:
        alone.play(seconds)
    assert windows(heard.own) == windows(alone.own)
    assert heard.pipeline.audio_time == pytest.approx(total, abs=0.01)
    times = [record.audio_time for record in heard.records]
    assert times == sorted(times)
    # Every change of label begins where the last one ended, and the last one is what holds.
    for one, other in zip(heard.genres, heard.genres[1:], strict=False):
        assert other.previous == one.genre
    assert heard.said[-1] == heard.pipeline.announced
    known = {heard.labels.names.get(label, label) for label in LABELS}
    assert heard.said[-1] in known | {UNKNOWN}
    for record in heard.records:
        if isinstance(record, PredictionRecord):
            assert sum(record.probabilities.values()) == pytest.approx(1.0)


def windows(model: Model) -> list[bytes]:
    assert isinstance(model, FakeModel)
    return [window.tobytes() for window in model.heard]


@given(WISHES, WISHES)
def test_moves_name_only_what_there_is_afterwards(before: Labels, after: Labels) -> None:
    names = moved(LABELS, before, after)
    assert set(names) == {before.names.get(label, label) for label in LABELS}
    heard = {after.names.get(x, x) for x in LABELS if after.weights.get(x, 1.0) > 0}
    assert {name for shared in names.values() for name in shared} <= heard


def test_the_same_again_changes_nothing() -> None:
    heard, alone = Heard().play(4.0), Heard().play(4.0)
    assert heard.wish(NOTHING, structs.replace(heard.pipeline.tracking)) == []
    heard.play(4.0)
    alone.play(4.0)
    assert heard.records == alone.records
