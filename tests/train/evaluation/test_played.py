"""The pipeline over joined tones: delays that follow from window, interval, hold and block."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec import UNSET

from genred.audio.source import BLOCK_S
from genred.errors import GenredError
from genred_train.evaluation.audio import AudioTrack
from genred_train.evaluation.joining import Join, Joined
from genred_train.evaluation.played import played
from genred_train.evaluation.streams import LiveFigures
from tones import PITCHES_HZ, QUICK, RATE, SPEC, pitch_model, tone, tracks

WINDOW_S = SPEC.window_samples / RATE
FRAME_S = SPEC.n_fft / RATE
LATE_S = SPEC.interval_s + FRAME_S + BLOCK_S
"""an interval until the next prediction, a frame, and the block that it is in"""
PIECES = [("blues", 8.0), ("jazz", 8.0), ("jazz", 8.0), ("rock", 8.0)]


def live(folder: Path, way: Join) -> LiveFigures:
    return played(pitch_model(), Joined(tracks(folder, *PIECES), RATE, way))


def test_hard_cuts_are_noticed_within_an_interval_and_a_block(tmp_path: Path) -> None:
    found = live(tmp_path, Join())
    assert found.through == "pipeline over audio"
    assert (found.pieces, found.changes, found.noticed_share) == (4, 3, 1.0)
    assert found.noticed_median_s is not UNSET
    assert found.noticed_p95_s is not UNSET
    assert 0 < found.noticed_median_s <= LATE_S
    assert WINDOW_S <= found.noticed_p95_s <= WINDOW_S + LATE_S  # the first: a whole window
    assert found.starts == 1
    assert found.first_label_median_s is not UNSET
    assert WINDOW_S <= found.first_label_median_s <= WINDOW_S + LATE_S
    assert (found.false_changes_per_hour, found.right_share) == (0.0, 1.0)
    assert found.rests_per_hour == 0.0
    assert found.hours == pytest.approx(32 / 3600)
    assert found.silences is UNSET


def test_silences_are_told_after_the_hold_and_left_at_once(tmp_path: Path) -> None:
    found = live(tmp_path, Join(silence_s=4.0))
    assert (found.silences, found.silence_told_share, found.starts) == (3, 1.0, 4)
    assert found.silence_told_median_s is not UNSET
    assert found.silence_left_p95_s is not UNSET
    assert found.first_label_median_s is not UNSET
    assert QUICK.hold_s <= found.silence_told_median_s <= QUICK.hold_s + LATE_S
    assert 0 < found.silence_left_p95_s <= LATE_S
    # Longer than `resume_s`: each piece starts anew, with a window that begins with what was left
    # of an interval of silence.
    assert WINDOW_S - SPEC.interval_s <= found.first_label_median_s <= WINDOW_S + LATE_S
    assert found.false_changes_per_hour == 0.0
    assert found.right_share == 1.0


def test_a_fade_is_noticed_about_its_middle(tmp_path: Path) -> None:
    found = live(tmp_path, Join(fade_s=2.0))
    assert found.joined_by == "cross-fades of 2 s"
    assert found.noticed_share == 1.0
    assert found.noticed_median_s is not UNSET
    assert -1 <= found.noticed_median_s <= 1 + LATE_S
    assert found.false_changes_per_hour == 0.0
    assert found.hours == pytest.approx((32 - 3 * 2) / 3600)


def test_false_changes_inside_a_piece_are_counted(tmp_path: Path) -> None:
    """A piece that breaks into another pitch for two seconds: there, and back."""
    parts = [tone("blues", 6.0), tone("rock", 2.0), tone("blues", 6.0)]
    soundfile.write(tmp_path / "odd.wav", np.concatenate(parts), RATE, subtype="FLOAT")
    odd = AudioTrack("odd", tmp_path / "odd.wav", ("blues",))
    found = played(pitch_model(), Joined([odd], RATE, Join()))
    assert found.false_changes_per_hour * found.hours == pytest.approx(2)
    assert found.false_changes_per_minute * 60 == pytest.approx(found.false_changes_per_hour)


def test_a_label_that_the_model_lacks_is_never_right(tmp_path: Path) -> None:
    (file,) = tracks(tmp_path, ("blues", 8.0))
    polka = AudioTrack(file.id, file.path, ("polka",))
    found = played(pitch_model(), Joined([polka], RATE, Join()))
    assert (found.right_share, found.noticed_share) == (0.0, 0.0)
    assert found.confidence_error is not UNSET
    assert found.confidence_error > 0.9


def test_what_is_always_right_and_sure_is_nearly_calibrated(tmp_path: Path) -> None:
    found = live(tmp_path, Join())
    assert found.confidence_error is not UNSET
    assert found.confidence_error < 0.1


def test_where_nothing_is_announced_there_is_no_delay_and_no_confidence(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "hush.wav", np.zeros(4 * RATE), RATE)
    hush = AudioTrack("hush", tmp_path / "hush.wav", ("blues",))
    found = played(pitch_model(), Joined([hush], RATE, Join()))
    assert (found.pieces, found.starts) == (1, 1)
    assert (found.first_label_median_s, found.confidence_error) == (UNSET, UNSET)
    assert (found.noticed_median_s, found.overtook_median_s) == (UNSET, None)


def test_nothing_to_play_is_one_line(tmp_path: Path) -> None:
    gone = AudioTrack("gone", tmp_path / "gone.wav", ("blues",))
    with pytest.raises(GenredError, match=r"nothing to play: .*no such file"):
        played(pitch_model(), Joined([gone], RATE, Join()))


def test_the_tones_are_told_apart(tmp_path: Path) -> None:
    model = pitch_model()
    for label in PITCHES_HZ:
        model.heard.clear()
        played(model, Joined(tracks(tmp_path, (label, 1.5)), RATE, Join()))
        said = [int(np.argmax(model.probabilities(window))) for window in model.heard[:2]]
        assert said == [list(PITCHES_HZ).index(label)] * 2
