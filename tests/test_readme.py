"""What the README shows is run as it stands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema

from conftest import ROOT
from genred.events import json_schema
from programs import running, started

README = (ROOT / "README.md").read_text()


def block(language: str) -> str:
    """Return the first fenced block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_ten_lines_of_python_print_the_genre(demo: Path, tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/events"
    program = block("python")
    assert len(program.strip().splitlines()) <= 10
    bound = ["--bind", endpoint, "--stream", "readme", "--wait-for-subscribers", "1"]
    with (
        running("replay", demo, "--speed", "20", *bound),
        started(
            [sys.executable, "-u", "-c", program.replace("tcp://127.0.0.1:5570", endpoint)],
            stdout=subprocess.PIPE,
            text=True,
        ) as reader,
    ):
        assert reader.stdout is not None
        seen = [reader.stdout.readline() for _ in range(20)]
        reader.terminate()
    assert any(line.startswith("readme plays ") for line in seen), seen


def test_the_event_shown_is_one() -> None:
    event = json.loads(block("json"))
    jsonschema.Draft202012Validator(json_schema()).validate(event)


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
