"""A failure is tried again once, and only where few failed."""

import json
from pathlib import Path

import pytest

from again import MOST, main


def written(folder: Path, count: int) -> Path:
    path = folder / "lastfailed"
    path.write_text(json.dumps({f"tests/test_a.py::test_{i}": True for i in range(count)}))
    return path


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_few_failures_are_tried_again_and_named(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(written(tmp_path, count)) == 0
    assert capsys.readouterr().out.count("tests/test_a.py::test_") == count


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_more_failures_or_none_are_not(count: int, tmp_path: Path) -> None:
    assert main(written(tmp_path, count)) == 1


def test_a_run_that_never_came_to_its_tests_is_not(tmp_path: Path) -> None:
    assert main(tmp_path / "lastfailed") == 1
