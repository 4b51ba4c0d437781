"""`genred-train plot`: both spellings, every picture, one line for what is wrong."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from fakes import LABELS, FakeModel
from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.augment.audio import AUDIO_CHANGES
from genred_train.augment.spectral import FEATURE_CHANGES
from genred_train.augment.surroundings import ROOM_CHANGES
from genred_train.cli.plot import app
from genred_train.plots.augmented import plot_augmented
from genred_train.plots.excerpt import Excerpt, read_excerpt
from genred_train.plots.recording import PICTURES, chosen_pictures, plot_recording
from genred_train.plots.style import styled
from programs import sound_file


def plot(*arguments: str | Path) -> str:
    """Run the command; what it raises is raised."""
    found = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return sound_file(tmp_path / "song.wav", 4.0)


def excerpt(seconds: float = 4.0) -> Excerpt:
    samples = np.random.default_rng(0).standard_normal(round(seconds * 22050)) * 0.1
    return Excerpt("song.wav", samples.astype(np.float32), 22050, 0.0)


def test_a_recording_is_seven_pictures_with_units() -> None:
    with styled():
        drawn = plot_recording(excerpt(), FakeModel())
    panels = [axes for axes in drawn.axes if axes.get_title(loc="left")]
    assert len(panels) == len(PICTURES) == 7
    words = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in drawn.axes)
    for unit in ("(s)", "(Hz)", "dB", "(dBFS)", "full scale", "probability"):
        assert unit in words


def test_labels_and_what_is_announced_are_named_in_the_picture() -> None:
    with styled():
        drawn = plot_recording(excerpt(), FakeModel(), ["probabilities"])
    axes = drawn.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["announced", *LABELS]
    assert "rock" in [text.get_text() for text in axes.texts]


def test_times_are_those_of_the_file(song: Path) -> None:
    part = read_excerpt(song, FeatureSpec(), start_s=1.0, length_s=2.0)
    with styled():
        drawn = plot_recording(part, FakeModel(), ["waveform", "mfcc"])
    assert [axes.get_xlim() for axes in drawn.axes[:2]] == [(1.0, 3.0)] * 2


def test_plot_file_and_plot_recording_file_are_one(song: Path, tmp_path: Path) -> None:
    some = ["--only", "mfcc, waveform"]
    plot("--out", tmp_path / "a.png", *some, song)
    plot("recording", song, "--out", tmp_path / "b.png", *some)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.slow
def test_a_whole_recording_is_drawn(song: Path, tmp_path: Path) -> None:
    plot(song, "--out", tmp_path / "a.svg", "--length", "1")
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


@pytest.mark.slow
def test_plot_augment_draws_a_grid(song: Path, tmp_path: Path) -> None:
    plot("augment", song, "--out", tmp_path / "a.png", "--length", "0.6")
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == 1200


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["augment"]])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_recording_gives_the_same_bytes(
    demo: Path, tmp_path: Path, words: list[str], suffix: str
) -> None:
    pictures = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for picture in pictures:
        plot(*words, demo, "--out", picture, "--start", "30", "--length", "8")
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_each_change_is_titled_with_what_was_drawn(tmp_path: Path) -> None:
    rooms = [sound_file(tmp_path / "room_kitchen.wav", 0.2)]
    with styled():
        drawn = plot_augmented(excerpt(1.0), FeatureSpec(), 3, rooms=rooms)
    panels = [axes for axes in drawn.axes if axes.get_title(loc="left")]
    titles = [axes.get_title(loc="left") for axes in panels]
    bands = [
        f"bands: {name}" for name in (*FEATURE_CHANGES, *ROOM_CHANGES, "all of these", "mixup")
    ]
    assert titles == ["plain", *AUDIO_CHANGES, *bands]
    told = dict(zip(titles, [axes.get_title(loc="right") for axes in panels], strict=True))
    assert told["room"] == "kitchen"
    assert told["pitch"].endswith("semitones")
    assert told["bands: shift"].endswith("bands")
    assert "SNR" in told["bands: noise"]
    assert told["bands: band_limit"].endswith("Hz")


def test_pictures_are_chosen_by_name() -> None:
    assert chosen_pictures(None) == list(PICTURES)
    assert chosen_pictures("mfcc,waveform") == ["waveform", "mfcc"]
    with pytest.raises(UsageError, match='no picture "wave"; did you mean "waveform"'):
        chosen_pictures("wave")


@pytest.mark.parametrize("words", [[], ["augment"]])
def test_bad_input_is_one_line(tmp_path: Path, words: list[str]) -> None:
    out: list[str | Path] = ["--out", tmp_path / "a.png"]
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("not a sound")
    short = sound_file(tmp_path / "short.wav", 0.05)
    for name, told in [
        ("gone.wav", "no such file"),
        ("empty.wav", "is empty"),
        ("text.wav", "libsndfile can't read it"),
        ("short.wav", "too short; one frame takes"),
        (".", "is a folder"),
    ]:
        with pytest.raises(GenredError, match=told):
            plot(*words, tmp_path / name, *out)
    with pytest.raises(UsageError, match=r"ends in \.png or \.svg"):
        plot(*words, short, "--out", tmp_path / "a.gif")
    with pytest.raises(GenredError, match="there is no folder"):
        plot(*words, short, "--out", tmp_path / "no" / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_folder_without_sound_is_told(song: Path, tmp_path: Path) -> None:
    (tmp_path / "rooms").mkdir()
    with pytest.raises(UsageError, match=r"--rooms .*rooms: there is no sound file in it"):
        plot("augment", song, "--out", tmp_path / "a.png", "--rooms", tmp_path / "rooms")


def test_a_light_installation_is_told_what_to_install(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(GenredError, match=r"pip install 'genred\[train\]'"):
        plot(song, "--out", tmp_path / "a.png")


def test_one_frame_is_enough_for_a_picture(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "click.wav", 2048 / 22050)
    plot(path, "--out", tmp_path / "a.png", "--only", "waveform,spectrogram,chromagram,mfcc")
    with pytest.raises(GenredError, match="too short to change"):
        plot("augment", path, "--out", tmp_path / "b.png")


def test_silence_has_its_pictures(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "zeros.wav", np.zeros(22050), 22050)
    plot(tmp_path / "zeros.wav", "--out", tmp_path / "a.svg", "--only", "spectrum,chromagram")
    zeros = read_excerpt(tmp_path / "zeros.wav", FeatureSpec())
    with styled():
        assert plot_augmented(zeros, FeatureSpec(), 0)
