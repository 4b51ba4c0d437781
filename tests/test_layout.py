"""The straight line: who may import whom, and what the daemon never drags in."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DAEMON = ROOT / "daemon" / "genred"
TRAIN = ROOT / "train" / "genred_train"

LINE = ["audio", "features", "model", "tracking", "wire"]
"""the stages, in the order of the data"""
COMMON = {"errors", "events", "parameters", "places", "requests"}
PURE = ["features", "model", "tracking", "pipeline.py"]
HEAVY = [
    "tensorflow",
    "keras",
    "librosa",
    "scipy",
    "numba",
    "pandas",
    "sklearn",
    "matplotlib",
    "dask",
]
ALOOF = ["sounddevice", "pulsectl", "soundcard"]
"""sound libraries: they may freeze, stall or abort, so only children of the daemon meet them"""


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def parts(path: Path) -> set[str]:
    """Return the parts of genred that a file imports."""
    found = {name.split(".")[1] for name in imported(path) if name.startswith("genred.")}
    return found - COMMON


def test_the_stages_order_is_the_datas_and_the_alphabets() -> None:
    folders = sorted(p.name for p in DAEMON.iterdir() if (p / "__init__.py").exists())
    assert [name for name in folders if name in LINE] == LINE


@pytest.mark.parametrize("stage", LINE)
def test_a_stage_imports_only_what_stands_before_it(stage: str) -> None:
    allowed = set(LINE[: LINE.index(stage) + 1])
    for path in modules(DAEMON / stage):
        assert parts(path) <= allowed, path


def test_nothing_below_imports_what_stands_above() -> None:
    for name in ("errors.py", "events.py", "parameters.py", "requests.py"):
        assert parts(DAEMON / name) == set()
    assert parts(DAEMON / "pipeline.py") <= set(LINE) - {"wire"}
    for path in modules(DAEMON / "config"):
        assert parts(path) <= {"audio", "model", "wire", "config", "labels"}, path
    for path in modules(DAEMON / "service"):
        assert not parts(path) & {"cli", "doctor"}, path
    for path in modules(DAEMON / "doctor"):
        assert parts(path) <= {"audio", "model", "wire", "service", "doctor"}, path


@pytest.mark.parametrize("name", PURE)
def test_the_middle_knows_no_clock_no_socket_no_device(name: str) -> None:
    paths = modules(DAEMON / name) if (DAEMON / name).is_dir() else [DAEMON / name]
    for path in paths:
        outside = {module.split(".")[0] for module in imported(path)}
        assert not outside & {"time", "socket", "zmq", "random", "threading", "asyncio"}, path


def test_only_children_of_the_daemon_meet_sound_libraries() -> None:
    for path in modules(DAEMON):
        if path.parent.name != "children":
            assert not set(imported(path)) & set(ALOOF), path


def test_the_children_of_the_daemon_carry_no_numpy() -> None:
    for path in modules(DAEMON / "audio" / "children"):
        assert not {name.split(".")[0] for name in imported(path)} & {"numpy", "msgspec", "zmq"}


def test_the_daemon_never_imports_the_trainer() -> None:
    for path in modules(DAEMON):
        assert not any(name.startswith("genred_train") for name in imported(path)), path


def test_the_trainer_takes_nothing_from_the_daemons_sockets_or_life() -> None:
    for path in modules(TRAIN):
        assert not parts(path) & {"wire", "service"}, path


@pytest.mark.parametrize(
    "program",
    [
        "import genred.cli.main",
        "import genred.pipeline, genred.service.__main__, genred.wire.subscriber",
        "import genred_train.cli.main, genred_train.cli.evaluate, genred_train.cli.describe",
        "import genred_train.cli.teach, genred_train.teachers.named",
    ],
)
def test_the_light_installation_imports_nothing_heavy(program: str) -> None:
    code = f"{program}\nimport sys\nprint([m for m in {HEAVY + ALOOF!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_daemon_itself_needs_neither_typer_nor_rich() -> None:
    code = "import genred.service.__main__, sys; print({'typer', 'rich'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_the_hub_needs_no_model_no_numpy_and_no_screen() -> None:
    code = "import genred.service.hub, sys; print(sorted({*%r} & set(sys.modules)))"
    unneeded = ["numpy", "ai_edge_litert", "soundfile", "soxr", "typer", "rich"]
    found = subprocess.run(
        [sys.executable, "-c", code % unneeded], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_nothing_names_a_path_of_a_developers_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    needles = ["/" + "work/", "/" + "root/", "/" + "home/"]
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".json", ".sh"} and path.exists():
            text = path.read_text(encoding="utf-8")
            assert not [needle for needle in needles if needle in text], name
