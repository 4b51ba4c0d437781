"""Lessons on disk: kept whole, refused for another model, damaged files told in one line."""

import contextlib
from pathlib import Path

import msgspec
import pytest

from genred.errors import GenredError, UsageError
from genred.taught.lesson import Lesson, check_name
from genred.taught.store import Store, default_folder
from lessons import songs, teachable

MODEL = teachable()
LESSON = Lesson("house/../é", "/music/my house", songs(0, 3))


def test_what_is_saved_is_loaded_and_what_is_removed_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "folder")
    assert store.listed() == []
    store.save(LESSON, MODEL)
    store.save_others(songs(2, 4), ["/music"], MODEL)
    found = store.load(MODEL)
    assert found.names == [LESSON.name]
    for mine, kept in zip(LESSON.songs, found.lessons[0].songs, strict=True):
        assert kept.name == mine.name
        assert kept.digest == mine.digest
        assert kept.probabilities.tolist() == mine.probabilities.tolist()
    assert len(found.others) == 4
    assert all(path.parent == store.folder for path in store.files())
    store.remove(LESSON.name)
    store.remove("")
    assert list(store.folder.iterdir()) == []
    with pytest.raises(GenredError, match=r'"house" is not taught \(taught is nothing\)'):
        store.remove("house")


def test_a_lesson_of_the_same_name_takes_the_place_of_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(LESSON, MODEL)
    store.save(Lesson(LESSON.name, "/other", songs(1, 5)), MODEL)
    (lesson,) = store.load(MODEL).lessons
    assert (lesson.folder, len(lesson.songs)) == ("/other", 5)


def test_another_models_lessons_are_refused_with_the_command_that_learns_them(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.save(LESSON, MODEL)
    other = teachable(sha256="b" * 64)
    with pytest.raises(GenredError, match=r"learn again: genred teach .* '/music/my house'"):
        store.load(other)
    assert store.of_model(other).lessons == []
    assert [said.name for said in store.listed()] == [LESSON.name]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_file_that_is_none_is_one_line_with_the_mend(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "label-house.npz").write_bytes(content)
    with pytest.raises(GenredError, match="remove it and teach anew"):
        Store(tmp_path).load(MODEL)


def test_a_flipped_byte_is_told_or_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(LESSON, MODEL)
    (path,) = store.files()
    whole = path.read_bytes()
    digests = [one.digest for one in LESSON.songs]
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        with contextlib.suppress(GenredError):
            (lesson,) = store.load(MODEL).lessons
            assert [s.digest for s in lesson.songs] == digests


def test_windows_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(LESSON, MODEL)
    fewer = msgspec.structs.replace(MODEL, labels=["blues", "jazz"])
    with pytest.raises(GenredError, match="not of this model"):
        store.load(fewer)


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(GenredError, match="nothing was kept; --taught-dir"):
        Store(tmp_path / "x").save(LESSON, MODEL)


def test_where_lessons_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    own = tmp_path / ".local" / "share" / "genred" / "taught"
    assert default_folder({}) == own
    assert default_folder({"XDG_DATA_HOME": "relative"}) == own
    assert default_folder({"XDG_DATA_HOME": "/d"}) == Path("/d/genred/taught")
    system = {"STATE_DIRECTORY": "/var/lib/genred", "XDG_DATA_HOME": "/d"}
    assert default_folder(system) == Path("/var/lib/genred")
    # A user's unit must find what the user's own command has taught.
    assert default_folder({"STATE_DIRECTORY": "/somewhere/state"}) == own


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "printable"), (" house", "printable"), ("a\nb", "printable"),
        ("Silence", "word of genred's own"), ("not_music", "word of genred's own"),
        ("x" * 65, "64 bytes"), ("Rock", 'is there as "rock"'), ("HOUSE", 'is there as "house"'),
    ],
)  # fmt: skip
def test_what_can_not_be_a_label_is_wrong_use(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check_name(name, ["rock"], ["house"])


@pytest.mark.parametrize("name", ["rock", "house", "dub & bass", "Schlager", "演歌"])
def test_what_can_be_one_is(name: str) -> None:
    assert check_name(name, ["rock"], ["house"]) == name
