"""Scores of validation."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import average_precision_score

from clip_makers import loud_band_clips
from genred_train.fitting.judge import validation_score


def test_several_genres_are_scored_by_their_mean_average_precision() -> None:
    clips = loud_band_clips(clips=6, genres=3)
    both = np.maximum(clips.targets, np.roll(clips.targets, 1, axis=1))
    said = np.random.default_rng(0).uniform(size=both.shape)
    expected = average_precision_score(both, said, average="macro")
    found = validation_score(said, replace(clips, targets=both))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_one_genre_at_a_time_is_scored_by_the_share_that_is_right() -> None:
    clips = loud_band_clips(clips=4, genres=2)
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9]])
    assert validation_score(said, clips) == 0.75
