"""The dashboard and the alert rules ask for what the daemon serves, by name and by label."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import ROOT
from genred.service.figures import Figures
from genred.service.metrics import exposition

BOARD = json.loads((ROOT / "examples" / "grafana" / "genred.json").read_text())
DOCS = (ROOT / "docs" / "monitoring.md").read_text()
_FULL = Figures(
    stream="bar", model="base 1", genre="rock", confidence=0.9, capture="capturing",
    level_dbfs=-20.0, zeros_s=0.0, real_time_factor=0.01, heard_utc_s=1.8e9,
)  # fmt: skip
SERVED = {
    sample.name: set(sample.labels)
    for family in text_string_to_metric_families(exposition(_FULL))
    for sample in family.samples
} | {"up": set()}
OF_THE_SCRAPE = {"job", "instance"}
_METRIC = re.compile(r"\b((?:genred|process)_[a-z_]+|up(?=\{))(?:\{([^}]*)\})?")


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


def expressions() -> list[str]:
    found = [target["expr"] for panel in panels(BOARD) for target in panel["targets"]]
    found += [
        re.sub(r"label_values\((.*), \w+\)", r"\1", each["definition"])
        for each in BOARD["templating"]["list"]
        if "definition" in each
    ]
    return found + re.findall(r"^ +expr: (.*)$", DOCS, re.MULTILINE)


@pytest.mark.parametrize("expression", expressions())
def test_every_expression_asks_for_what_is_served(expression: str) -> None:
    asked = _METRIC.findall(expression)
    assert asked, expression
    for name, selector in asked:
        assert name in SERVED, name
        labels = set(re.findall(r"(\w+)\s*[=!]", selector))
        assert labels <= SERVED[name] | OF_THE_SCRAPE, (name, labels)


def test_every_metric_is_in_the_documentation_and_none_that_is_not_served() -> None:
    documented = set(re.findall(r"`(genred_[a-z_]+)", DOCS))
    ends = re.compile(r"_(bucket|count|sum|created)$")
    assert documented == {ends.sub("", name) for name in SERVED if name.startswith("genred_")}


def test_every_legend_shows_labels_that_the_answer_has() -> None:
    every = set().union(*SERVED.values()) | OF_THE_SCRAPE
    for panel in panels(BOARD):
        for target in panel["targets"]:
            legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert legend <= every, panel["title"]
            grouped = re.search(r"sum by \(([^)]*)\)", target["expr"])
            if grouped:
                assert legend <= set(re.split(r",\s*", grouped[1])), panel["title"]


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(BOARD):
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels(BOARD)}) == len(BOARD["panels"])
