"""What the daemon never does, read from its source: run a shell, run data, or write audio."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

DAEMON = Path(__file__).resolve().parents[1] / "daemon" / "genred"
FILES = sorted(DAEMON.rglob("*.py"))

PROGRAMS = {
    "audio/child.py": "what records",
    "audio/children/pipewire_watch.py": "pw-dump, which tells of devices",
    "audio/programs.py": "our own listing of devices",
    "cli/config_edit.py": "the user's editor",
    "cli/hub.py": "becomes the hub",
    "cli/run_live.py": "becomes the daemon",
    "installing/systemctl.py": "systemctl and loginctl",
}
"""who may start another program, and which"""
STARTS = {"subprocess", "multiprocessing", "pty", "asyncio.subprocess"}
OS_STARTS = ("system", "popen", "exec", "spawn", "posix_spawn", "fork", "startfile")
RUNS_DATA = {
    "builtins": {"eval", "exec", "compile", "__import__"},
    "modules": {
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "joblib",
        "cloudpickle",
        "jsonpickle",
        "code",
    }
    | {"yaml", "ruamel", "xml", "xmlrpc", "runpy", "ctypes"},
    # Of pyzmq, numpy and pandas: pickle by another name.
    "methods": {"send_pyobj", "recv_pyobj", "send_serialized", "recv_serialized", "read_pickle"},
}
HEARS = ["audio", "features", "tracking", "pipeline.py", "labelled.py"]
HEARS += [f"service/{name}.py" for name in ("hearing", "inbox", "loop", "reader", "replay")]
"""where samples are"""
LOOKS_FOR_A_LIBRARY = {"ctypes.util", "ctypes.util.find_library"}
"""and loads none"""
WRITES = {"write_bytes", "write_text", "tofile", "save", "savez", "savez_compressed", "savetxt"}
WRITES |= {"memmap", "mkstemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"}


def files(*names: str) -> list[Path]:
    found = [path for name in names for path in [DAEMON / name, *(DAEMON / name).rglob("*.py")]]
    return [path for path in found if path.is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(DAEMON).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with its name, dotted as it is written."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def keyword(call: ast.Call, name: str) -> object:
    return next((ast.unparse(word.value) for word in call.keywords if word.arg == name), None)


def starts_programs(path: Path) -> bool:
    modules = imported(path)
    by_os = [n for n, _ in calls(path) if n.startswith(tuple(f"os.{start}" for start in OS_STARTS))]
    asynchronous = [name for name, _ in calls(path) if "create_subprocess" in name]
    return bool(modules & STARTS or by_os or asynchronous)


def opens_to_write(name: str, call: ast.Call) -> bool:
    if name.rpartition(".")[2] not in {"open", "fdopen"}:
        return name.rpartition(".")[2] in WRITES
    said = [keyword(call, "mode"), *(ast.unparse(each) for each in call.args)]
    if name == "os.open":
        return any(flag in str(said) for flag in ("O_WRONLY", "O_RDWR", "O_CREAT"))
    modes = [str(each).strip("'\"") for each in said if each]
    return any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes)


def test_only_the_named_start_programs() -> None:
    starting = {name_of(path) for path in FILES if starts_programs(path)}
    assert starting == {name for name in PROGRAMS if (DAEMON / name).exists()}


def test_no_shell_is_ever_run() -> None:
    for name, call in (each for path in FILES for each in calls(path)):
        assert keyword(call, "shell") in (None, "False"), name
        assert not name.startswith(("os.system", "os.popen")), name
        assert "create_subprocess_shell" not in name
        assert not name.startswith("subprocess.get"), name  # getoutput has a shell, too
        # A command in one string would need one, or be a list that was forgotten.
        if name.startswith("subprocess.") and call.args:
            assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), name


def test_no_data_is_ever_run() -> None:
    for path in FILES:
        roots = {module.split(".")[0] for module in imported(path) - LOOKS_FOR_A_LIBRARY}
        assert not roots & RUNS_DATA["modules"], path
    for name, call in (each for path in FILES for each in calls(path)):
        assert name not in RUNS_DATA["builtins"], name
        assert name.rpartition(".")[2] not in RUNS_DATA["methods"], name
        assert keyword(call, "allow_pickle") in (None, "False"), name
        if name in {"np.load", "numpy.load"}:
            assert keyword(call, "allow_pickle") == "False"


def test_where_samples_are_no_file_is_written() -> None:
    for path in files(*HEARS):
        assert not [name for name, call in calls(path) if opens_to_write(name, call)], path


def test_no_audio_is_written_or_played_anywhere() -> None:
    for path in FILES:
        assert not {"wave", "aifc", "sunau", "ossaudiodev"} & imported(path), path
    for name, call in (each for path in FILES for each in calls(path)):
        assert name not in {"soundfile.write", "sf.write", "sounddevice.play"}, name
        assert "Output" not in name or "Stream" not in name, name
        if name.rpartition(".")[2] in {"SoundFile", "_ForwardFile"}:
            mode = keyword(call, "mode") or (ast.unparse(call.args[1]) if call.args[1:] else "'r'")
            assert mode == "'r'", name


@pytest.mark.parametrize(
    "source",
    ["open('x', 'wb')", "p.open(mode='a')", "p.write_bytes(b'')", "os.open(p, os.O_CREAT)"],
)
def test_a_write_is_seen(source: str) -> None:
    [call] = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    assert opens_to_write(ast.unparse(call.func), call)
