"""The pipeline: what happens to sound, silence, holes and short ends, in blocks of any size."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fakes import FakeModel, metadata
from genred.audio.source import Block
from genred.events import GenreRecord, PredictionRecord
from genred.features.spec import FeatureSpec
from genred.parameters import Tracking
from genred.pipeline import Pipeline, StreamRecord
from genred.tracking.smoothing import StickyFilter

RATE = 22050
FIRST_S = (71 * 914 + 2048) / RATE
"""end of the first window"""


def sound(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(round(seconds * RATE)) * 0.1).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE), np.float32)


def heard(
    samples: NDArray[np.float32], model: FakeModel | None = None, block: int = 5512
) -> list[StreamRecord]:
    pipeline = Pipeline(model or FakeModel())
    records: list[StreamRecord] = []
    for start in range(0, max(1, samples.size), block):
        records += pipeline.push(Block(samples[start : start + block]))
    return records + pipeline.flush()


def genres(records: list[StreamRecord]) -> list[str]:
    return [record.genre for record in records if isinstance(record, GenreRecord)]


def predictions(records: list[StreamRecord]) -> list[PredictionRecord]:
    return [record for record in records if isinstance(record, PredictionRecord)]


@given(st.integers(1, 30_000))
def test_blocks_of_any_size_give_the_same_records(block: int) -> None:
    samples = np.concatenate([sound(4.0), silence(1.0), sound(4.0, seed=1)])
    model = FakeModel(lambda window: [0.5, 0.2, 0.3] if window[0, 0] > -250 else [0.2, 0.5, 0.3])
    assert heard(samples, model, block) == heard(samples, model)


def test_the_first_prediction_comes_with_the_first_full_window() -> None:
    found = predictions(heard(sound(10)))
    assert found[0].audio_time == pytest.approx(FIRST_S)
    steps = np.diff([prediction.audio_time for prediction in found])
    np.testing.assert_allclose(steps, 12 * 914 / RATE)


def test_sound_is_unknown_until_the_first_decision() -> None:
    records = heard(sound(5))
    assert genres(records) == ["unknown", "rock"]
    first, decided = (record for record in records if isinstance(record, GenreRecord))
    assert first.onset == 0.0
    assert decided.previous == "unknown"
    assert decided.audio_time == pytest.approx(FIRST_S)
    assert decided.confidence == pytest.approx(0.8)


def test_silence_from_the_start_is_told_and_never_heard() -> None:
    model = FakeModel()
    records = heard(silence(10), model)
    assert genres(records) == ["silence"]
    assert model.heard == []


def test_silence_is_told_and_left_within_a_second_of_audio() -> None:
    records = heard(np.concatenate([sound(6), silence(6), sound(6)]))
    changes = [record for record in records if isinstance(record, GenreRecord)]
    assert genres(records) == ["unknown", "rock", "silence", "unknown", "rock"]
    assert 6 < changes[2].audio_time < 7
    assert changes[2].onset == pytest.approx(6, abs=0.1)
    assert 12 < changes[3].audio_time < 13


def test_the_event_of_silence_comes_within_a_second_of_audio() -> None:
    pipeline = Pipeline(FakeModel())
    pipeline.push(Block(sound(6)))
    pushed = 0
    while pipeline.announced != "silence":
        pipeline.push(Block(silence(0.01)))
        pushed += 1
    assert pushed * 0.01 < 1.0


def test_a_rest_in_a_piece_brings_its_label_back_at_once() -> None:
    records = heard(np.concatenate([sound(6), silence(2), sound(1)]))
    assert genres(records) == ["unknown", "rock", "silence", "rock"]


def test_no_window_mixes_music_with_the_silence_before_it() -> None:
    model = FakeModel(described=metadata(spec=FeatureSpec(kind="logmel")))
    heard(np.concatenate([sound(4), silence(5), sound(5)]), model)
    # An opening interval may hold up to twelve silent frames, and nothing older.
    for window in model.heard:
        assert (window.max(axis=1) < -90).sum() <= 12


def test_a_hole_empties_the_window_and_counts_as_time() -> None:
    pipeline = Pipeline(FakeModel())
    pipeline.push(Block(sound(4)))
    records = pipeline.push(Block(sound(5, seed=1), lost_s=1.5))
    assert pipeline.audio_time == pytest.approx(10.5)
    found = predictions(records)
    assert found[0].audio_time == pytest.approx(4 + 1.5 + FIRST_S)
    assert pipeline.announced == "rock"


def test_a_long_hole_takes_the_genre_back() -> None:
    pipeline = Pipeline(FakeModel())
    pipeline.push(Block(sound(5)))
    records = pipeline.push(Block(sound(0.1), lost_s=3.0))
    assert genres(records) == ["unknown"]
    assert genres(pipeline.push(Block(sound(5)))) == ["rock"]


@pytest.mark.parametrize("seconds", [0.1, 1.0, 2.9])
def test_sound_short_of_a_window_is_repeated_to_fill_it(seconds: float) -> None:
    model = FakeModel()
    records = heard(sound(seconds), model)
    (prediction,) = predictions(records)
    assert prediction.short is True
    assert model.heard[0].shape == (72, 128)
    assert genres(records) == ["unknown", "rock"]


def test_short_sound_that_falls_silent_is_still_heard() -> None:
    (prediction,) = predictions(heard(np.concatenate([sound(1.5), silence(1.5)])))
    assert prediction.short is True


def test_less_than_a_frame_gives_nothing() -> None:
    assert heard(sound(0.05)) == []


def by_level(window: NDArray[np.float32]) -> list[float]:
    """Say rock of loud windows and jazz of quiet ones."""
    return [0.02, 0.08, 0.9] if window[:, 0].mean() > -100 else [0.02, 0.9, 0.08]


def onsets(records: list[StreamRecord]) -> dict[str, float]:
    return {record.genre: record.onset for record in records if isinstance(record, GenreRecord)}


def test_onset_goes_back_by_the_models_lag_but_never_before_the_one_before() -> None:
    change = np.concatenate([sound(10), sound(10) * 0.02])
    prompt = FakeModel(by_level)
    late = FakeModel(by_level, msgspec.structs.replace(metadata(), lag_s=2.0))
    at_once, put_back = onsets(heard(change, prompt)), onsets(heard(change, late))
    assert list(at_once) == list(put_back) == ["unknown", "rock", "jazz"]
    assert put_back["jazz"] == pytest.approx(at_once["jazz"] - 2.0)
    assert 10 < at_once["jazz"] < 14
    # The first window ends at 3 s: 2 s back is before nothing; the sound began at 0.
    assert put_back["rock"] == pytest.approx(FIRST_S - 2.0)
    always = FakeModel(by_level, msgspec.structs.replace(metadata(), lag_s=9.0))
    assert onsets(heard(change, always))["rock"] == 0.0


def test_silence_began_with_the_first_quiet_frame() -> None:
    (change,) = (
        record
        for record in heard(np.concatenate([sound(6), silence(3)]))
        if isinstance(record, GenreRecord) and record.genre == "silence"
    )
    first = int(np.ceil(6 * RATE / 914))
    assert change.onset == pytest.approx(first * 914 / RATE)


def test_the_level_is_that_of_the_newest_interval() -> None:
    assert predictions(heard(sound(5)))[-1].level_dbfs == pytest.approx(-20, abs=0.3)


def test_no_loud_sample_from_before_a_hole_opens_the_gate_after_it() -> None:
    pipeline = Pipeline(FakeModel())
    pipeline.push(Block(sound(0.09)))
    records = pipeline.push(Block(sound(5) * 1e-4, lost_s=0.5))
    assert genres(records) == ["silence"]


def test_after_a_rest_the_first_window_counts_whole() -> None:
    model = FakeModel(by_level)
    music = np.concatenate([sound(6), silence(2), sound(3.1) * 0.02])
    found = predictions(heard(music, model))
    smoother = StickyFilter(Tracking(), FeatureSpec().interval_s, 3)
    fresh = [True, *[False] * (len(found) - 2), True]
    for prediction, new in zip(found, fresh, strict=True):
        expected = smoother.step(np.array(list(prediction.window.values())), fresh=new)
    assert list(found[-1].probabilities.values()) == pytest.approx(expected.tolist())


def test_silence_before_the_first_sound_is_told_however_short() -> None:
    records = heard(np.concatenate([silence(0.4), sound(5)]))
    assert genres(records) == ["silence", "unknown", "rock"]
    assert onsets(records)["silence"] == 0.0


def test_what_was_short_is_heard_but_no_news_after_silence() -> None:
    records = heard(np.concatenate([sound(2), silence(3)]))
    assert len(predictions(records)) == 1
    assert genres(records) == ["unknown", "silence"]


def test_of_several_short_sounds_the_longest_is_heard() -> None:
    model = FakeModel(by_level)
    heard(np.concatenate([sound(2.5), silence(4), sound(0.1) * 0.02]), model)
    (window,) = model.heard
    assert by_level(window)[2] == 0.9


def test_a_long_hole_belongs_to_nobody() -> None:
    pipeline = Pipeline(FakeModel())
    pipeline.push(Block(sound(5)))
    (record,) = pipeline.push(Block(sound(0.1), lost_s=4.0))
    assert isinstance(record, GenreRecord)
    assert record.onset == pytest.approx(5.0)
    assert record.audio_time == pytest.approx(9.0)


def test_every_number_is_finite_for_ten_seconds_of_zeros_and_clipped_noise() -> None:
    loud = np.sign(sound(5)).astype(np.float32)
    records = heard(np.concatenate([silence(10), loud, silence(10)]))
    for record in predictions(records):
        values = [*record.probabilities.values(), *record.window.values(), record.level_dbfs]
        assert np.isfinite(values).all()
        assert all(type(value) is float for value in values)
    assert all(
        type(r.onset) is float and type(r.audio_time) is float
        for r in records
        if isinstance(r, GenreRecord)
    )


def test_probabilities_sum_to_one() -> None:
    for prediction in predictions(heard(sound(6))):
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
        assert list(prediction.probabilities) == ["blues", "jazz", "rock"]


def test_the_same_audio_after_a_restart_gives_the_same_records() -> None:
    assert heard(sound(8)) == heard(sound(8))


def test_the_models_tracking_is_the_default() -> None:
    deaf = FakeModel(described=metadata(tracking=Tracking(open_dbfs=10.0, close_dbfs=9.0)))
    assert genres(heard(sound(5), deaf)) == ["silence"]
