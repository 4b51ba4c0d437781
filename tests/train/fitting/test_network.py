"""Networks gone on from, averaged, and taught."""

from pathlib import Path

import keras
import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred.errors import GenredError
from genred_train.features.ranges import Ranges
from genred_train.fitting.batches import Batches
from genred_train.fitting.claims import probabilities
from genred_train.fitting.feed import feed
from genred_train.fitting.fit import average
from genred_train.fitting.mixed import Drawn
from genred_train.fitting.network import begun_from, check_alike, fresh, load_network, saying
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from genred_train.fitting.teachers import answered, softened
from runs import SPEC, begun, fitted


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    folder = tmp_path_factory.mktemp("runs")
    return fitted(folder / "one", seed=0), fitted(folder / "two", seed=1)


def rows(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.3, (count, *SPEC.input_shape)).astype(np.float32)


def logits(run: Run, windows: np.ndarray) -> np.ndarray:
    said = load_network(run.best)(windows, training=False)
    return np.asarray(said[0] if isinstance(said, list) else said)


@pytest.mark.slow
def test_a_model_gone_on_from_keeps_what_it_knows_but_its_head(two: tuple[Run, Run]) -> None:
    before = load_network(two[0].best)
    after = begun_from(two[0].best, SPEC, 7, 0)
    assert after(rows(), training=False).shape == (5, 7)
    for layer in before.layers:
        if layer.name != "logits" and layer.weights:
            for one, other in zip(layer.weights, after.get_layer(layer.name).weights, strict=True):
                np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_frozen_layers_stay_while_the_others_move(two: tuple[Run, Run], tmp_path: Path) -> None:
    path = str(two[0].best)
    frozen = 6
    run = fitted(tmp_path / "run", begun_from=path, freeze=frozen)
    before, after = load_network(two[0].best), load_network(run.best)
    moved = [
        any((a != b).any() for a, b in zip(x.get_weights(), y.get_weights(), strict=True))
        for x, y in zip(before.layers, after.layers, strict=False)
        if x.weights and x.name == y.name
    ]
    names = [layer.name for layer in before.layers[:frozen] if layer.weights]
    assert names
    assert not any(moved[: len(names)])
    assert all(moved[len(names) :])


@pytest.mark.slow
def test_windows_of_another_shape_are_refused(two: tuple[Run, Run]) -> None:
    other = type(SPEC)(n_mfcc=20)
    with pytest.raises(GenredError, match=r"hears windows of \(36, 13, 1\)"):
        begun_from(two[0].best, other, 3, 0)


def test_a_file_that_is_no_network_is_one_line(tmp_path: Path) -> None:
    for name, content in (("none.keras", None), ("text.keras", b"no zip")):
        path = tmp_path / name
        if content:
            path.write_bytes(content)
        with pytest.raises(GenredError, match=f"{name}: no network") as caught:
            load_network(path)
        assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_an_ensemble_claims_the_mean_of_its_members(two: tuple[Run, Run], tmp_path: Path) -> None:
    joined = begun(tmp_path / "both", loud_band_clips())
    average(joined, two)
    claimed = [probabilities(logits(run, rows()), "softmax") for run in (*two, joined)]
    np.testing.assert_allclose(claimed[2], (claimed[0] + claimed[1]) / 2, atol=1e-5)


@pytest.mark.slow
def test_members_that_hear_other_things_are_named(two: tuple[Run, Run], tmp_path: Path) -> None:
    other = begun(tmp_path / "other", loud_band_clips(), offset=[0.0] * 13)
    with pytest.raises(GenredError, match="its offset are others"):
        check_alike([two[0], other], two[0].config)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_targets_are_teachers_answers_and_labels_in_their_shares(
    two: tuple[Run, Run], tmp_path: Path, share: float
) -> None:
    clips = loud_band_clips()
    run = begun(tmp_path / "run", clips, teacher_share=share, teacher_temperature=2.0)
    ranges = Ranges.of(run.config.offset, run.config.scale)
    batches = Batches(FitParts(clips, clips), SPEC, ranges, run.config.options)
    fed = feed(batches, SPEC, 3, first_step=4)
    windows, targets, *_ = next(iter(softened(fed, list(two), run.config)))
    halved = [np.asarray(logits(teacher, np.asarray(windows)) / 2, np.float32) for teacher in two]
    soft = [probabilities(found, "softmax") for found in halved]
    expected = share * np.mean(soft, axis=0) + (1 - share) * batches.step(4).targets
    np.testing.assert_allclose(targets, expected, atol=1e-5)


@pytest.mark.slow
def test_a_window_without_a_label_is_what_teachers_say_and_counts(
    two: tuple[Run, Run], tmp_path: Path
) -> None:
    clips = loud_band_clips()
    run = begun(tmp_path / "run", clips, teacher_share=0.25)
    ranges = Ranges.of(run.config.offset, run.config.scale)
    draws = [
        Drawn(range(6), 5, labelled=True, even=False),
        Drawn(range(6), 3, labelled=False, even=False),
    ]
    parts = FitParts(clips, clips, draws=draws)
    fed = feed(Batches(parts, SPEC, ranges, run.config.options), SPEC, 3, first_step=0)
    windows, targets, weights, _ = next(iter(softened(fed, list(two), run.config)))
    halved = [np.asarray(logits(teacher, np.asarray(windows)) / 2, np.float32) for teacher in two]
    soft = np.mean([probabilities(found, "softmax") for found in halved], axis=0)
    np.testing.assert_allclose(targets[5:], soft[5:], atol=1e-5)
    assert np.abs(np.asarray(targets[:5]) - soft[:5]).max() > 0.1
    np.testing.assert_array_equal(weights, np.ones(8))


def telling(folder: Path, *, labelled: bool = True) -> Run:
    """Make a run whose network also says five values beside its labels, or nothing but them."""
    run = begun(folder, loud_band_clips())
    ranges = Ranges.of(run.config.offset, run.config.scale)
    saying(fresh(run.config.options, SPEC, 3, ranges), 5, labelled=labelled).save(run.best)
    return run


@pytest.mark.parametrize("labelled", [True, False])
def test_what_a_teacher_says_beside_labels_is_of_the_very_window(
    tmp_path: Path, *, labelled: bool
) -> None:
    clips, teacher = loud_band_clips(), telling(tmp_path / "teacher", labelled=labelled)
    run = begun(tmp_path / "run", clips, teacher_answers=True)
    assert answered([teacher, teacher], run.config.options, 0) == 5
    ranges = Ranges.of(run.config.offset, run.config.scale)
    fed = feed(Batches(FitParts(clips, clips), SPEC, ranges, run.config.options), SPEC, 3, 0)
    windows, _, _, answers = next(iter(softened(fed, [teacher, teacher], run.config)))
    said = load_network(teacher.best)(windows, training=False)["side"]
    np.testing.assert_allclose(answers[:, 0], said, atol=1e-6)
    np.testing.assert_array_equal(answers[:, 1], np.ones_like(said))


@pytest.mark.slow
def test_only_a_teacher_that_says_more_than_labels_is_asked_for_it(
    two: tuple[Run, Run], tmp_path: Path
) -> None:
    options = begun(tmp_path / "run", loud_band_clips(), teacher_answers=True).config.options
    for teachers in ([two[0]], [two[0], telling(tmp_path / "teacher")]):
        with pytest.raises(GenredError, match="give --teacher RUN that learnt answers"):
            answered(teachers, options, 0)
    with pytest.raises(GenredError, match="files of the mixture have answers too"):
        answered([two[0]], options, 7)
    assert answered([two[0]], two[0].config.options, 7) == 7


@pytest.mark.slow
def test_a_student_learns_what_its_teacher_says_beside_labels(tmp_path: Path) -> None:
    teacher = telling(tmp_path / "teacher")
    run = fitted(tmp_path / "run", teachers=[str(teacher.folder)], teacher_answers=True, epochs=3)
    losses = [line["side_loss"] for line in run.lines()]
    assert losses[-1] < losses[0]
    assert load_network(run.best).output["side"].shape == (None, 5)


@pytest.mark.slow
def test_a_network_without_an_average_of_weights_is_judged_as_it_is(tmp_path: Path) -> None:
    run = fitted(tmp_path / "run", epochs=1)
    best, last = keras.models.load_model(run.best), keras.models.load_model(run.last)
    for one, other in zip(best.get_weights(), last.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_what_tensorflow_is_fed_is_the_batch(tmp_path: Path) -> None:
    clips = loud_band_clips(clips=9).pick([0, 3, 6, 1])
    run = begun(tmp_path / "run", clips, balance="weights")
    ranges = Ranges.of(run.config.offset, run.config.scale)
    batches = Batches(FitParts(clips, clips), SPEC, ranges, run.config.options)
    fed = next(iter(feed(batches, SPEC, 3, first_step=2)))
    for tensor, array in zip(fed, batches.step(2), strict=True):
        np.testing.assert_array_equal(np.asarray(tensor), array)
    assert len(set(np.asarray(fed[2]).tolist())) == 2


@pytest.mark.slow
def test_it_stops_when_nothing_got_better_for_long(tmp_path: Path) -> None:
    run = fitted(tmp_path / "run", epochs=30, patience=2, learning_rate=1e-9)
    assert len(run.lines()) < 30
