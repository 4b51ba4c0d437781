"""Options of a fit: where they come from, and what is said of wrong ones."""

from pathlib import Path

import pytest

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli.beginning import Sources, options_of
from genred_train.fitting.options import FitOptions, load_options, window_spec


def test_the_command_line_stands_over_the_file_over_the_named_model(tmp_path: Path) -> None:
    path = tmp_path / "fit.toml"
    path.write_text(
        'model = "cnn-48-32-16-72"\nepochs = 7\nseed = 3\n[augmentation]\nchanges = ["mask"]'
    )
    made = options_of(load_options(path), {"seed": 9, "epochs": None}, Sources([], None, []))
    assert (made.seed, made.epochs, made.learning_rate) == (9, 7, 1e-4)
    assert made.augmentation.changes == ("mask",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch = 3", "unknown field `epoch`"),
        ("epochs = 0", "epochs = 0 is out of range"),
        ('head = "none"', "head"),
        ("epochs = ", "fit.toml"),
        ('[augmentation]\nchanges = ["masks"]', "mask"),
    ],
)
def test_a_file_of_wrong_options_names_the_field(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "fit.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        load_options(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_options(tmp_path / "none.toml")


def test_segments_are_told_in_seconds() -> None:
    spec = window_spec(FitOptions(segment_s=10.0, kind="logmel", deltas=2), FeatureSpec())
    assert spec.input_shape == (241, 128, 3)
    assert spec.interval_frames == 40


def test_an_impossible_segment_names_the_field() -> None:
    with pytest.raises(UsageError, match="window_frames"):
        window_spec(FitOptions(segment_s=0.1, deltas=1), FeatureSpec())


def test_a_model_that_is_none_names_the_nearest() -> None:
    with pytest.raises(UsageError, match='nearest is "residual"'):
        options_of(FitOptions(), {"model": "residuals"}, Sources([], None, []))
