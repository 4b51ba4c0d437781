"""The page and the data of an evaluation: whole, and the same for the same figures."""

import functools
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fakes import FakeModel, metadata
from genred.errors import GenredError
from genred_train.evaluation.clips import Report, measured
from genred_train.evaluation.heard import Heard
from genred_train.evaluation.listener import listener
from genred_train.evaluation.made import Made
from genred_train.evaluation.quantization import against_float
from genred_train.evaluation.streams import LiveFigures
from genred_train.plots.report import page, write_report

LABELS = ["blues", "jazz", "rock"]
MADE = Made(
    command="genred-train evaluate --data 'a & b.npz'",
    time="2026-01-01T00:00:00+00:00",
    git="abc",
    versions={"numpy": "2"},
)
LIVE = LiveFigures(
    noticed_median_s=4.0,
    noticed_p95_s=8.0,
    noticed_share=0.5,
    overtook_median_s=3.0,
    false_changes_per_hour=6.0,
    right_share=0.85,
    hours=1.0,
)


@functools.cache
def report(head: str = "softmax") -> Report:
    rng = np.random.default_rng(0)
    windows = [rng.dirichlet(np.ones(3), 4).astype(np.float32) for _ in range(9)]
    genres: list[tuple[str, ...]] = [(LABELS[track % 3],) for track in range(8)]
    genres.append(("<polka>",))
    heard = Heard("made", "1" * 64, windows, genres, [1] * 9, ["short"], {"gone": "no such file"})
    model = listener("m.tflite", FakeModel(described=metadata(head=head)))
    found = measured(model, heard)
    compared = against_float(model, heard, model, heard)
    return msgspec.structs.replace(found, against_float=compared, streams=[LIVE], made=MADE)


class Balanced(HTMLParser):
    """Fails where a tag is closed that was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text() -> str:
    return page(report("sigmoid"))


def test_the_page_is_well_formed_and_has_its_pictures(text: str) -> None:
    parser = Balanced()
    parser.feed(text.replace("<br>", ""))
    assert parser.open == []
    names = [attributes.get("aria-label") for tag, attributes in parser.seen if tag == "svg"]
    assert names == ["genres", "confusion", "calibration", "roc"]
    ids = [attributes["id"] for _, attributes in parser.seen if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_beside_itself(text: str) -> None:
    assert "<script" not in text
    assert "<link" not in text
    assert "<img" not in text
    assert not re.search(r'(src|href)="(?!#)', text)
    assert not re.search(r"@import|url\((?!#)", text)


def test_pictures_take_the_ink_of_the_page(text: str) -> None:
    assert "currentColor" in text
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"fill: (#222222|#ffffff|white|black)", text)


def test_what_was_measured_and_how_is_on_it(text: str) -> None:
    for part in (
        "m.tflite",
        "1" * 64,
        "genred-train evaluate --data &#x27;a &amp; b.npz&#x27;",
        "2026-01-01",
        "no such file",
        "shorter than a window",
        "&lt;polka&gt;: 1 clips, no label of the model fits",
    ):
        assert part in text
    assert "<polka>" not in text


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_report(tmp_path / name, report())
        written.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert written[0] == written[1]
    assert len(written[0]) == 2


def test_the_rules_are_those_of_the_models_windows(text: str) -> None:
    assert "frames 0, 12,\n24 ..." in text
    other = msgspec.structs.replace(report(), interval_frames=7)
    assert "frames 0, 7,\n14 ..." in page(other)


def test_a_delay_of_what_never_came_is_said_to_be_never() -> None:
    never = LiveFigures(
        noticed_share=0.0, overtook_median_s=None, false_changes_per_hour=0.0, hours=1.0, changes=3
    )
    shown = page(msgspec.structs.replace(report(), streams=[never]))
    assert "<td>change noticed after, median (s)</td><td>never</td>" in shown
    assert "silence told" not in shown


def test_doubts_stand_before_the_figures() -> None:
    shown = page(msgspec.structs.replace(report(), doubts=["not <true>"]))
    assert shown.index("not &lt;true&gt;") < shown.index("right, by track")


def test_a_report_that_cant_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    write_report(tmp_path, report())
    before = (tmp_path / "report.html").read_bytes()
    (tmp_path / "writing-report.json").mkdir()
    with pytest.raises(
        GenredError, match=r"report\.json: can't be written .*; make room"
    ) as raised:
        write_report(tmp_path, msgspec.structs.replace(report(), doubts=["other"]))
    assert "\n" not in str(raised.value)
    assert (tmp_path / "report.html").read_bytes() == before
    assert not (tmp_path / "writing-report.html").exists()


def test_the_data_is_the_reports(tmp_path: Path) -> None:
    found = report()
    write_report(tmp_path, found)
    content = (tmp_path / "report.json").read_bytes()
    assert msgspec.json.decode(content, type=Report) == found
    data = json.loads(content)
    assert data["made"]["command"] == MADE.command
    assert "several" not in data
    assert "silences" not in data["streams"][0]


def test_figures_that_do_not_apply_have_no_section() -> None:
    plain = msgspec.structs.replace(
        report(), against_float=msgspec.UNSET, streams=msgspec.UNSET, made=msgspec.UNSET
    )
    text = page(plain)
    for heading in ("Several genres", "What quantization costs", "Live, on joined"):
        assert heading not in text


def test_a_folder_that_cant_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match=r"report\.html: can't be written"):
        write_report(tmp_path / "none", report())
