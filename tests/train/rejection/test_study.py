"""Scores are compared where nothing was fitted; the best one becomes the rejection."""

import msgspec
import numpy as np
import pytest

from fakes import metadata
from genred.errors import GenredError
from genred.model.scores import score
from genred_train.rejection.asked import answered, fitted
from genred_train.rejection.crossfit import held_out_scores, sides, tried
from genred_train.rejection.head import fit_head, fit_width
from genred_train.rejection.sample import Sample, sample
from genred_train.rejection.study import study
from genred_train.rejection.table import table
from heard_sounds import NUMBERS, sounds

MUSIC, NOISE, UNLIKE = sounds("music", 0.7), sounds("noise", -0.7, seed=1), sounds("odd", 0.0)


def two_sides(middle: float = -0.7) -> Sample:
    noise = sounds("noise", middle, tracks=24, kinds=4, seed=1)
    return sample([(MUSIC, np.ones(len(MUSIC.heard), bool))], [noise])


def test_the_embedding_is_chosen_where_it_tells_and_the_labels_do_not() -> None:
    found = study("not_music", two_sides(), 0.9, 6, seed=0)
    assert found.rejection.score == "embedding"
    assert len(found.rejection.weights) == NUMBERS
    by_score = {own.score: own for own in found.scores}
    assert by_score["embedding"].track_area > 0.95
    assert all(own.track_area < 0.75 for own in found.scores if own.score != "embedding")
    assert found.rejection.rejects is not None
    assert found.rejection.rejects.value > 0.8
    assert 0.75 <= by_score["embedding"].passes.value <= 1.0
    assert set(found.kinds) == {f"noise{kind}" for kind in range(4)}
    assert found.new is not None
    assert found.new.value > 0.6


def test_the_rejection_scores_as_its_head_does() -> None:
    both = two_sides()
    found = study("not_music", both, 0.9, 1, seed=0).rejection
    scores = score(both.outputs, found)
    fits = both.fits[both.of_window]
    assert scores[fits].mean() > found.threshold > scores[~fits].mean()


def test_no_window_is_scored_by_a_head_that_was_fitted_on_its_group() -> None:
    # Embeddings without any difference: only who has seen a track can tell its side.
    both = two_sides(middle=0.7)
    side = sides(both.groups, 5, np.random.default_rng(0))
    for group in np.unique(both.groups):
        assert len(set(side[both.groups == group])) == 1
    scores, fits = held_out_scores(both, "embedding", side, 1)
    assert fits == 5
    of_window = both.fits[both.of_window]
    assert abs(scores[of_window].mean() - scores[~of_window].mean()) < scores.std()


def test_a_threshold_is_tried_on_the_half_that_it_was_not_set_on() -> None:
    both = two_sides()
    half = sides(both.groups, 2, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    # Music of the second half scores far below that of the first, and noise below both.
    middle = np.where(both.fits, np.where(half == 0, 100.0, 0.0), -100.0)
    outcome = tried(both, middle[both.of_window] + rng.normal(size=len(both.of_window)), half, 0.9)
    assert outcome is not None
    assert not outcome.tracks[both.fits & (half == 0)].any()
    assert outcome.tracks[both.fits & (half == 1)].all()
    assert outcome.tracks[~both.fits].all()


def test_a_head_is_of_the_embedding_as_it_is() -> None:
    rng = np.random.default_rng(0)
    fits = np.arange(200) % 2 == 0
    x = (rng.normal(size=(200, 3)) * [1, 100, 0] + [0, 500, 7]).astype(np.float32)
    x[fits, 1] += 300
    head = fit_head(x, fits, np.ones(200))
    told = x @ head.weights + head.bias > 0
    assert (told == fits).mean() > 0.9
    assert abs(head.weights[2]) < 1e-6


def test_a_width_is_that_of_the_logistic_curve_and_none_of_what_goes_the_wrong_way() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(-10, 10, 20000)
    fits = rng.random(20000) < 1 / (1 + np.exp(-(scores - 1) / 2.0))
    assert fit_width(scores, fits, np.ones(20000)) == pytest.approx(2.0, rel=0.05)
    assert fit_width(-scores, fits, np.ones(20000)) == 0.0


def test_sides_kinds_and_tracks_weigh_alike() -> None:
    both = two_sides()
    weights = both.track_weights()
    assert weights.mean() == pytest.approx(1.0)
    assert weights[both.fits].sum() == pytest.approx(weights[~both.fits].sum())
    own = [weights[both.kinds == kind].sum() for kind in np.unique(both.kinds[~both.fits])]
    np.testing.assert_allclose(own, own[0])
    shared = np.bincount(both.of_window, both.window_weights())
    np.testing.assert_allclose(shared / shared.mean(), weights)


def test_both_questions_share_what_may_be_lost() -> None:
    studies = answered(metadata(), [MUSIC], NOISE, [UNLIKE], 0.9, seed=0)
    assert [one.name for one in studies] == ["unknown", "not_music"]
    assert {one.passing for one in studies} == {0.95}
    unknown, noise = studies
    assert sum(share.n for share in unknown.passes.values()) == sum(MUSIC.labelled)
    assert set(noise.passes) == {"music", "odd"}
    written = fitted(metadata(), studies, [MUSIC, NOISE, UNLIKE])
    assert written.rejection.unknown == unknown.rejection
    assert [use.name for use in written.training.data] == ["music", "noise", "odd"]
    again = fitted(written, studies[1:], [MUSIC, NOISE])
    assert again.rejection.unknown is None
    assert [use.name for use in again.training.data] == ["music", "noise"]
    for text in map(table, studies):
        assert "**embedding**" in text
        assert "| all |" in text
    assert msgspec.json.encode(studies)


def test_music_without_a_label_of_the_model_can_teach_no_unknown() -> None:
    foreign = sounds("music", 0.7)
    foreign.labelled[:] = [False] * 30
    with pytest.raises(GenredError, match="none of the music is of a label"):
        answered(metadata(), [foreign], None, [UNLIKE], 0.95, seed=0)


def test_too_little_to_fit_to_is_one_line() -> None:
    one = sounds("noise", 0.0, tracks=1, seed=1)
    with pytest.raises(GenredError, match="too few recordings"):
        answered(metadata(), [MUSIC], one, [], 0.95, seed=0)
