"""`genred model show` and `genred schema`."""

import json
from pathlib import Path

from conftest import ROOT
from genred.model.shipped import find, load_model
from programs import genred


def test_people_get_a_table() -> None:
    found = genred("model", "show")
    assert found.returncode == 0, found.stderr
    metadata = load_model("base").metadata
    for shown in ("labels", metadata.labels[0], "by track", metadata.model_sha256[:20]):
        assert shown in found.stdout


def test_json_is_the_metadata() -> None:
    shown = json.loads(genred("model", "show", "base", "--json").stdout)
    assert shown["format"] == 1
    assert shown["accuracy"]["track"]["n"] == 197
    assert shown["training"]["command"].startswith("genred-train fit")
    clips = {use["name"]: use["clips"] for use in shown["training"]["data"]}
    assert clips["gtzan/train"] == 442


def test_an_altered_model_is_refused_with_one_line(tmp_path: Path) -> None:
    content = bytearray(find("base").read_bytes())
    content[1000] ^= 1
    path = tmp_path / "altered.tflite"
    path.write_bytes(content)
    found = genred("model", "show", path)
    assert found.returncode == 1
    assert found.stderr.startswith(f"genred: {path}: ")
    assert found.stderr.count("\n") == 1


def test_the_schema_in_docs_is_the_one_of_the_structs() -> None:
    assert genred("schema").stdout == (ROOT / "docs" / "events.schema.json").read_text()


def test_version_and_help() -> None:
    assert genred("--version").stdout.startswith("genred 0.")
    assert genred("--help").returncode == 0
    assert genred().returncode == 2
