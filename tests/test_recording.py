"""From records to segments and the genre of a file."""

import pytest

from genred.events import GenreRecord, PredictionRecord
from genred.pipeline import StreamRecord
from genred.recording import Segment, mean_probabilities, segments


def prediction(audio_time: float, jazz: float) -> PredictionRecord:
    shares = {"jazz": jazz, "rock": 1 - jazz}
    return PredictionRecord(
        audio_time=audio_time, probabilities=shares, window=shares, level_dbfs=-20.0
    )


def change(audio_time: float, genre: str, onset: float) -> GenreRecord:
    return GenreRecord(audio_time=audio_time, genre=genre, onset=onset, confidence=0.7)


def test_a_segment_carries_what_was_heard_while_its_label_held() -> None:
    records: list[StreamRecord] = [
        change(0.1, "unknown", 0.0),
        prediction(3.0, 0.9),
        change(3.0, "jazz", 0.0),
        prediction(3.5, 0.7),
        prediction(4.0, 0.1),
        change(4.0, "rock", 2.0),
        prediction(4.5, 0.3),
    ]
    jazz, rock = segments(records, 5.0)
    assert (jazz.start, jazz.end, jazz.genre) == (0.0, 2.0, "jazz")
    assert (rock.start, rock.end, rock.genre) == (2.0, 5.0, "rock")
    assert jazz.confidence == pytest.approx((0.9 + 0.7) / 2)
    assert rock.confidence == pytest.approx((0.9 + 0.7) / 2)


def test_the_prediction_that_decided_counts() -> None:
    # A change is told after the prediction that brought it, with the same audio time.
    records: list[StreamRecord] = [
        change(0.0, "jazz", 0.0),
        prediction(0.5, 0.8),
        change(0.5, "rock", 0.2),
    ]
    assert segments(records, 1.0)[1].confidence == pytest.approx(0.2)


def test_a_label_that_nothing_was_heard_of_has_its_events_confidence() -> None:
    assert segments([change(0.0, "jazz", 0.0)], 1.0) == [
        Segment(start=0.0, end=1.0, genre="jazz", confidence=0.7)
    ]


def test_a_file_is_the_mean_of_its_windows() -> None:
    assert mean_probabilities([prediction(0, 0.2), prediction(1, 0.6)]) == pytest.approx(
        {"jazz": 0.4, "rock": 0.6}
    )
    assert mean_probabilities([]) == {}
