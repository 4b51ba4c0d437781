"""`genred-train describe --cluster`: groups of arrays, and no guess at plain audio."""

import json
from pathlib import Path

import pytest

from collection_files import write_folder
from genred.errors import UsageError
from genred_train.cli.describe import describe


def test_the_groups_of_arrays_are_in_the_json(
    low_high_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(low_high_file, cluster=2, json=True)
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert (groups["k"], groups["method"], groups["purity"]) == (2, "k-means", 1.0)
    assert sorted(map(sum, groups["table"])) == [10, 10]


def test_people_get_a_table_of_groups_and_genres(
    low_high_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "groups.svg"
    describe(low_high_file, cluster=2, method="gaussian-mixture", cluster_plot=picture)
    shown = capsys.readouterr().out
    assert "2 groups without labels, by gaussian-mixture" in shown
    assert "purity 1.00, adjusted Rand index 1.00" in shown
    assert picture.stat().st_size > 5000


def test_audio_is_refused_in_one_line_before_it_is_read(tmp_path: Path) -> None:
    write_folder(tmp_path, {"jazz": 1, "rock": 1})
    for genre in ("jazz", "rock"):
        (tmp_path / genre / "0.wav").write_bytes(b"never read")
    with pytest.raises(UsageError, match=r"--cluster: .* is audio; run genred-train prepare on"):
        describe(tmp_path, cluster=2)
