"""A log file keeps its size, its order and its lines, whatever is done to it meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from genred.service.logs.rotation import LogFile
from live_fakes import open_files

LINE = b"x" * 99 + b"\n"


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    file = LogFile(path, 1000, 2)
    file.write(b"one\n")
    file.write(b"two\n")
    assert path.read_bytes() == b"before\none\ntwo\n"


def test_others_on_the_machine_do_not_read_it(tmp_path: Path) -> None:
    LogFile(tmp_path / "log", 1000, 1).write(LINE)
    assert (tmp_path / "log").stat().st_mode & 0o007 == 0


def test_no_file_grows_beyond_its_size_and_so_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(path, 1000, 3)
    for number in range(100):
        file.write(b"%099d\n" % number)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "log.1", "log.2", "log.3"]
    held = b"".join((tmp_path / n).read_bytes() for n in ("log.3", "log.2", "log.1", "log"))
    assert [int(line) for line in held.split()] == list(range(60, 100))


def test_without_old_ones_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(path, 1000, 0)
    for _ in range(15):
        file.write(LINE)
    assert [p.name for p in tmp_path.iterdir()] == ["log"]
    assert path.read_bytes() == 5 * LINE


def test_a_line_longer_than_a_file_may_be_is_written_all_the_same(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 10, 1)
    file.write(LINE)
    file.write(LINE)
    assert (tmp_path / "log").read_bytes() == (tmp_path / "log.1").read_bytes() == LINE


def test_a_file_that_was_moved_or_removed_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(path, 1000, 1)
    file.write(b"one\n")
    path.rename(tmp_path / "moved")
    file.write(b"two\n")
    path.unlink()
    file.write(b"three\n")
    assert (tmp_path / "moved").read_bytes() == b"one\n"
    assert path.read_bytes() == b"three\n"


def test_a_file_that_another_program_put_in_its_place_is_written_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(path, 1000, 1)
    file.write(b"one\n")
    path.rename(tmp_path / "moved")
    path.write_bytes(b"theirs\n")
    file.write(b"two\n")
    assert path.read_bytes() == b"theirs\ntwo\n"


def test_a_folder_that_has_gone_is_an_error_until_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = LogFile(folder / "log", 1000, 1)
    file.write(b"one\n")
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        file.write(b"two\n")
    folder.mkdir()
    file.write(b"three\n")
    assert (folder / "log").read_bytes() == b"three\n"


def test_a_line_after_one_that_was_torn_begins_on_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = LogFile(tmp_path / "log", 1000, 1)
    room = [4, 0]

    def write(fd: int, line: bytes) -> int:
        if room and not (left := room.pop(0)):
            raise OSError(28, "No space left on device")
        if len(room) == 1:
            line = line[:left]
        return real(fd, line)

    real = os.write
    monkeypatch.setattr("genred.service.logs.rotation.os.write", write)
    with pytest.raises(OSError, match="No space"):
        file.write(b"first line\n")
    file.write(b"second line\n")
    assert (tmp_path / "log").read_bytes() == b"firs\nsecond line\n"


def test_a_file_that_is_no_more_wanted_is_let_go(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 1000, 1)
    before = open_files()
    for _ in range(10):
        file.write(LINE)
        file.close()
    assert open_files() == before
