"""What is told of a collection, and of what would spoil it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import soundfile

from array_files import write_arrays
from collection_files import RATE, melody, write_folder, write_sound
from genred.errors import GenredError, UsageError
from genred_train.cli.describe import describe
from genred_train.collection.describe import describe_survey
from genred_train.collection.description import Description
from genred_train.collection.open import open_collection
from genred_train.collection.splits import Split
from genred_train.collection.survey import survey_collection


def described(path: Path, how: Split | None = None) -> Description:
    return describe_survey(survey_collection(open_collection(path)), how)


def lines(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["path,labels,artist,split", *rows, ""]), encoding="utf-8")
    return path


def test_figures_are_told_for_each_genre(tmp_path: Path) -> None:
    write_sound(tmp_path / "jazz" / "a.wav", 0, 0.5)
    write_sound(tmp_path / "jazz" / "b.wav", 1, 1.5, 44100)
    write_sound(tmp_path / "rock" / "c.wav", 2, 1.0)
    found = described(tmp_path)
    jazz = found.genres[0]
    assert (found.clips, found.tracks, found.imbalance) == (3, 3, 2.0)
    assert found.hours == pytest.approx(3 / 3600, rel=1e-3)
    assert [jazz.shortest_s, jazz.median_s, jazz.longest_s] == pytest.approx([0.5, 1.0, 1.5])
    assert jazz.sample_rates == {"22050": 1, "44100": 1}
    assert "rock has one track only; no split by track can have it" in " ".join(found.warnings)


def test_more_than_threefold_is_imbalance(tmp_path: Path) -> None:
    write_folder(tmp_path, {"jazz": 2, "rock": 6})
    assert not described(tmp_path).warnings
    write_sound(tmp_path / "rock" / "more.wav", 999)
    assert "rock has 7 clips, jazz 2" in described(tmp_path).warnings[0]


def test_what_can_not_be_read_is_told_and_not_fatal(tmp_path: Path) -> None:
    write_folder(tmp_path, {"jazz": 2, "rock": 2})
    (tmp_path / "rock" / "broken.mp3").write_bytes(b"no sound at all")
    soundfile.write(tmp_path / "rock" / "empty.wav", melody(0)[:0], RATE)
    found = described(tmp_path)
    assert found.clips == 4
    assert "libsndfile can't read it" in found.unreadable["rock/broken.mp3"]
    assert "holds no sound" in found.unreadable["rock/empty.wav"]
    assert all("\n" not in reason for reason in found.unreadable.values())


def test_nothing_readable_is_one_line(tmp_path: Path) -> None:
    for genre in ("jazz", "rock"):
        (tmp_path / genre).mkdir()
        (tmp_path / genre / "a.wav").write_bytes(b"")
    with pytest.raises(GenredError, match="none of its files can be read; the first: "):
        described(tmp_path)


def test_copies_are_told_with_genres_and_sides_that_disagree(tmp_path: Path) -> None:
    sound = melody(5, 9.0)
    for name, samples in (("a", sound), ("b", sound), ("c", sound * 0.1), ("d", melody(6, 9.0))):
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE)
    path = lines(
        tmp_path / "l.csv", "a.wav,jazz,Ann,train", "b.wav,rock,ann,train",
        "c.wav,jazz,Bo,valid", "d.wav,rock,ANN,valid",
    )  # fmt: skip
    found = described(path)
    assert found.exact == [["a.wav", "b.wav"]]
    assert {(pair.first, pair.second) for pair in found.near} == {
        ("a.wav", "c.wav"),
        ("b.wav", "c.wav"),
    }
    assert found.copies_on_both_sides == [["a.wav", "c.wav"], ["b.wav", "c.wav"]]
    assert found.artists_on_both_sides == ["Ann"]
    told = " ".join(found.warnings)
    assert "2 of these copies carry different genres" in told
    assert "artists on both sides of the split (parts): 1" in told


def test_a_split_by_artist_has_none_on_both_sides(tmp_path: Path) -> None:
    rows = []
    for number in range(16):
        write_sound(tmp_path / f"{number}.wav", number)
        rows.append(f"{number}.wav,{'jazz' if number < 8 else 'rock'},artist {number // 2}")
    path = lines(tmp_path / "l.csv", *rows)
    assert described(path).split == ""
    assert described(path, Split(kind="track")).artists_on_both_sides
    assert not described(path, Split(kind="artist")).artists_on_both_sides
    assert described(path, Split(kind="artist")).parts["valid"] in {2, 4}


def test_arrays_are_described_without_what_only_audio_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(write_arrays(tmp_path / "a.npz"), json=True)
    found = msgspec.json.decode(capsys.readouterr().out, type=Description)
    assert found.clips == 20
    assert found.genres[0].sample_rates == {}
    assert "these are mel bands, no audio" in found.not_told[0]


def test_the_table_holds_names_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path, {"jazz [live]": 2, "rock": 2})
    (tmp_path / "rock" / "[b]roken.wav").write_bytes(b"no sound")
    describe(tmp_path)
    shown = capsys.readouterr().out
    assert "jazz [live]" in shown
    assert "[b]roken.wav: libsndfile can't read it" in shown
    assert "22050" in shown


@pytest.mark.parametrize("name", ["p.png", "p.svg"])
def test_a_picture_is_drawn(tmp_path: Path, name: str) -> None:
    describe(write_arrays(tmp_path / "a.npz"), plot=tmp_path / name)
    begins = {"p.png": b"\x89PNG", "p.svg": b"<?xml"}[name]
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "leaky"}, "--split leaky: give parts, track, artist"),
        ({"split": "halves"}, "--split halves: give parts"),
        ({"plot": Path("p.jpg")}, "give a name that ends in .png or .svg"),
        ({"plot": Path("none/p.png")}, "there is no folder none; make it first"),
    ],
)
def test_wrong_use_is_told_before_anything_is_read(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        describe(tmp_path / "none", **options)  # type: ignore[arg-type]


def test_describe_imports_nothing_heavy() -> None:
    heavy = ["tensorflow", "keras", "librosa", "sklearn", "matplotlib", "pyarrow", "scipy"]
    code = f"import genred_train.cli.describe, sys; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.data
def test_recorded_music_is_described(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    describe(data / "emotify" / "dev.npz", split="artist")
    shown = capsys.readouterr().out
    assert "rock/70 ~ rock/76" in shown
    assert "on both sides" not in shown
