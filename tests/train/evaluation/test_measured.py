"""A whole report: clips pooled by track, whatever their order, and what is said of odd ones."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from clip_makers import ListedLevels, loud_band_clips
from fakes import FakeModel, metadata
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred_train.collection.clips import Clips
from genred_train.evaluation.clips import clip_probabilities, clip_windows, measured, report
from genred_train.evaluation.heard import Heard, of_clips
from genred_train.evaluation.listener import Listener, listener

LABELS = ["blues", "jazz", "rock"]


def model(labels: list[str] | None = None, **described: str) -> Listener:
    fake = FakeModel(described=metadata(labels=labels or LABELS, **described))  # type: ignore[arg-type]
    return listener("fake.tflite", fake)


def heard(seed: int = 0, tracks: int = 12) -> Heard:
    """Tracks of three genres, heard rightly more often than not."""
    rng = np.random.default_rng(seed)
    y = np.arange(tracks) % 3
    windows = []
    for genre in y:
        drawn = rng.gamma(1.0, size=(rng.integers(1, 5), 3))
        drawn[:, genre] *= 3
        windows.append((drawn / drawn.sum(axis=1, keepdims=True)).astype(np.float32))
    genres: list[tuple[str, ...]] = [(LABELS[genre],) for genre in y]
    return Heard("made", "0" * 64, windows, genres, [1] * tracks)


@settings(max_examples=10)
@given(st.permutations(range(12)))
def test_the_order_of_tracks_does_not_matter(order: list[int]) -> None:
    first = heard()
    other = replace(
        first,
        windows=[first.windows[track] for track in order],
        genres=[first.genres[track] for track in order],
    )
    one, two = measured(model(), first), measured(model(), other)
    for name in ("track_accuracy", "window_accuracy", "macro_f1", "top2_accuracy"):
        assert getattr(one, name).value == pytest.approx(getattr(two, name).value)
    assert one.confusion == two.confusion
    assert one.calibration_error == pytest.approx(two.calibration_error)
    assert one.recall == two.recall


@pytest.mark.parametrize("order", [[0, 2, 1], [2, 1, 0], [1, 2, 0]])
def test_the_order_of_labels_does_not_matter(order: list[int]) -> None:
    first = heard()
    other = replace(first, windows=[windows[:, order] for windows in first.windows])
    one, two = measured(model(), first), measured(model([LABELS[n] for n in order]), other)
    assert two.track_accuracy == one.track_accuracy
    assert two.genres == one.genres
    assert two.calibration_error == pytest.approx(one.calibration_error)
    back = np.argsort(order)
    np.testing.assert_array_equal(np.array(two.confusion)[back][:, back], one.confusion)


def test_every_interval_holds_its_value() -> None:
    found = measured(model(), heard())
    figures = [found.track_accuracy, found.window_accuracy, found.macro_f1]
    figures += [share for own in found.genres.values() for share in (own.recall, own.f1)]
    assert all(figure.low <= figure.value <= figure.high for figure in figures)
    assert sum(map(sum, found.confusion)) == found.tracks == 12


def test_a_seed_repeats_a_report() -> None:
    assert measured(model(), heard(), 5) == measured(model(), heard(), 5)
    assert measured(model(), heard(), 5) != measured(model(), heard(), 6)


def test_only_clips_with_no_label_of_the_model_are_counted_as_errors() -> None:
    own: list[tuple[str, ...]] = [("blues", "polka"), ("polka",), ("polka", "waltz"), ("jazz",)]
    found = measured(model(), replace(heard(), genres=own * 3, pieces=[1, 2, 3, 4] * 3))
    assert found.not_in_model == {"polka": 15, "waltz": 9}


def test_all_right_is_not_sure_to_be_right() -> None:
    windows = [np.eye(3, dtype=np.float32)[[track % 3]] for track in range(6)]
    found = measured(model(), replace(heard(tracks=6), windows=windows))
    for share in (found.track_accuracy, found.window_accuracy, found.macro_f1):
        assert (share.value, share.high) == (1.0, 1.0)
        assert share.low == pytest.approx(6 / (6 + 1.96**2), abs=1e-3)
    assert found.genres["jazz"].recall.low == pytest.approx(2 / (2 + 1.96**2), abs=1e-3)


def test_the_clips_that_a_model_was_made_with_are_doubted() -> None:
    used = DataUse(name="made", split="chosen by", digest="0" * 64, clips=1, hours=1.0)
    plain = measured(model(), heard())
    assert plain.doubts == []
    (doubt,) = measured(replace(model(), data=[used]), heard()).doubts
    assert "best epoch was chosen by" in doubt
    fitted = msgspec.structs.replace(used, split="fitted on", name="x/train (leaky)")
    leaky, own = measured(replace(model(), data=[used, fitted]), heard()).doubts[:2]
    assert "both sides: these figures are not true of other music" in leaky
    assert "fitted on" in own


def test_a_softmax_model_on_single_labels_has_no_figures_for_several() -> None:
    found = measured(model(), heard())
    assert found.several is UNSET
    assert b"several" not in msgspec.json.encode(found)


def test_a_sigmoid_model_has_both() -> None:
    found = measured(model(head="sigmoid"), heard())
    assert found.several is not UNSET
    assert found.several.labels["blues"].threshold == 0.5
    assert 0 <= found.track_accuracy.value <= 1


def test_two_labels_have_no_top_two() -> None:
    two = Heard("made", "", [np.array([[0.9, 0.1]], np.float32)], [("blues",)], [1])
    assert measured(model(["blues", "jazz"]), two).top2_accuracy is UNSET


def test_no_genre_that_the_model_knows_is_one_line() -> None:
    foreign = replace(heard(), genres=[("polka",)] * 12)
    with pytest.raises(GenredError, match=r"none of its genres \(polka\) is a label") as raised:
        measured(model(), foreign)
    assert "\n" not in str(raised.value)


def clips_of(tracks: list[str], frames: list[int]) -> Clips:
    made = loud_band_clips(clips=len(tracks), genres=2, n_mels=20)
    levels = [made.levels_db(clip)[:1].repeat(n, axis=0) for clip, n in enumerate(frames)]
    return replace(made, tracks=tracks, levels=ListedLevels(levels), genres=["blues", "jazz"])


SPEC = FeatureSpec(n_mels=20, n_mfcc=20, window_frames=24, interval_frames=6)


def test_clips_of_a_track_are_pooled() -> None:
    clips = clips_of(["a", "b", "a"], [24, 30, 36])
    shares = [np.full((n, 2), 0.1 * n, np.float32) for n in (1, 2, 3)]
    found = of_clips(clips, shares, 24)
    assert [len(windows) for windows in found.windows] == [4, 2]
    assert found.pieces == [2, 1]
    assert found.genres == [("blues",), ("jazz",)]


def test_a_clip_under_a_window_is_repeated_and_told() -> None:
    clips = clips_of(["a", "b"], [10, 30])
    fake = FakeModel(lambda _: [0.9, 0.1], metadata(labels=["blues", "jazz"], spec=SPEC))
    found = report(Path("m"), fake, clips, clip_probabilities(fake, clips))
    assert found.too_short == [clips.ids[0]]
    assert found.window_accuracy.n == 3
    short = fake.heard[0]
    np.testing.assert_array_equal(short[:10], short[10:20])


def test_a_clip_without_a_frame_is_left_out_and_told() -> None:
    clips = clips_of(["a", "b"], [0, 30])
    fake = FakeModel(lambda _: [0.1, 0.9], metadata(labels=["blues", "jazz"], spec=SPEC))
    found = report(Path("m"), fake, clips, clip_probabilities(fake, clips))
    assert found.unreadable == {clips.ids[0]: "holds no frame"}
    assert (found.tracks, found.track_accuracy.value) == (1, 1.0)


def test_windows_start_each_interval_while_a_whole_one_fits() -> None:
    levels = np.arange(37 * 20, dtype=np.float32).reshape(37, 20)
    windows = clip_windows(levels, msgspec.structs.replace(SPEC, kind="logmel"))
    assert [window[0, 0] for window in windows] == [0, 6 * 20, 12 * 20]
