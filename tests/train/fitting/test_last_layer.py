"""The last layer fitted anew: the regression itself, and that nothing else moves."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from clip_makers import loud_band_clips
from genred_train.features.ranges import Ranges
from genred_train.fitting.claims import clip_logits, probabilities
from genred_train.fitting.fit import fit
from genred_train.fitting.last_layer import regression
from genred_train.fitting.network import load_network
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from runs import SPEC, fitted

STRENGTH = 0.05


@pytest.mark.parametrize("labels", [2, 3])
def test_the_layer_claims_what_the_regression_claims(labels: int) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % labels
    x = rng.normal(y[:, None], 2.0, (60, 4)) * [1, 10, 0.1, 1] + [0, 50, 0, 0]
    weights, bias = regression(x, y, STRENGTH)
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = LogisticRegression(C=STRENGTH, max_iter=1000).fit(scaled, y).predict_proba(scaled)
    said = probabilities((x @ weights + bias).astype(np.float32), "softmax")
    np.testing.assert_allclose(said, theirs, atol=1e-3)


def layers(run: Run) -> list[list[np.ndarray]]:
    """Return the weights of each layer, the last one's last."""
    return [layer.get_weights() for layer in load_network(run.best).layers]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    folder = tmp_path_factory.mktemp("runs")
    return (
        fitted(folder / "learnt", keep="last"),
        fitted(folder / "refitted", keep="last", refit_head=STRENGTH),
    )


@pytest.mark.slow
def test_only_the_last_layer_moves(runs: tuple[Run, Run]) -> None:
    learnt, refitted = map(layers, runs)
    same = [
        all(np.array_equal(a, b) for a, b in zip(*both, strict=True))
        for both in zip(learnt, refitted, strict=True)
    ]
    assert same == [True] * (len(same) - 1) + [False]


@pytest.mark.slow
def test_a_run_that_is_over_says_the_same_when_it_is_resumed(runs: tuple[Run, Run]) -> None:
    before = layers(runs[1])[-1]
    clips, valid = loud_band_clips(), loud_band_clips(seed=9, clips=6, genres=3)
    share = fit(runs[1], FitParts(clips, valid), resume=True, verbose=0, logged=False)
    for one, other in zip(before, layers(runs[1])[-1], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    ranges = Ranges.of(runs[1].config.offset, runs[1].config.scale)
    said = clip_logits(load_network(runs[1].best), valid, SPEC, ranges, 4)
    best = [probabilities(clip, "softmax").mean(axis=0).argmax() for clip in said]
    assert share == pytest.approx(np.mean(np.array(best) == valid.y))
