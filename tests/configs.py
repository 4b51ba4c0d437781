"""Configs that are right, drawn at random: values for every key, and files that say them."""

from hypothesis import strategies as st

from genred.config.keys import keys
from genred.config.page import toml, toml_key

NAME = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)
"""a label's"""
_ENDPOINTS = ["tcp://127.0.0.1:5570", "ipc:///run/a b", "tcp://[::1]:1", "tcp://127.0.0.1:*"]
_PATH = st.from_regex(r"/[a-z][a-z~. ]{0,4}/[a-zé]{1,5}", fullmatch=True)
_SHARE = st.floats(0, 1, exclude_max=True)
_SOME = st.floats(0, 1, exclude_min=True, exclude_max=True)
_SECONDS = st.floats(0, 86400)
_LASTING = st.floats(0, 86400, exclude_min=True)

VALUES: dict[str, st.SearchStrategy[object]] = {
    "source": st.sampled_from(["loopback", "Mic, 2", "pipe:/x?rate=8000", "-"]),
    "model": st.sampled_from(["tiny", "/models/x.tflite"]),
    "stream": st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    "wait": st.booleans(),
    "taught": st.booleans(),
    "taught_dir": _PATH,
    "events.bind": st.lists(st.sampled_from(_ENDPOINTS), min_size=1, unique=True),
    "events.high_water_mark": st.integers(1, 1_000_000),
    "control.bind": st.lists(st.sampled_from(["ipc:///c", "tcp://127.0.0.1:5572"]), unique=True),
    "labels.weights": st.dictionaries(NAME, st.floats(0, 1e9), max_size=3),
    "labels.names": st.dictionaries(NAME, NAME.map(lambda name: f"a {name}"), max_size=3),
    "tracking.open_dbfs": st.floats(-60, 0),
    "tracking.close_dbfs": st.floats(-120, -60),
    "tracking.hold_s": _SECONDS,
    "tracking.resume_s": _SECONDS,
    "tracking.stability_s": _LASTING,
    "tracking.evidence": st.floats(0, 1, exclude_min=True),
    "tracking.likelihood_floor": _SOME,
    "tracking.margin": _SHARE,
    "tracking.dwell_s": _SECONDS,
    "tracking.announce_floor": _SHARE,
    "tracking.average_s": _LASTING,
    "tracking.hysteresis": _SHARE,
    "security.keys": _PATH,
    "security.insecure": st.booleans(),
    "log.level": st.sampled_from(["debug", "info", "warning", "error"]),
    "log.to": st.sampled_from(["stderr", "journal", "/var/log/x"]),
    "log.max_mb": st.floats(0, 10_000, exclude_min=True),
    "log.keep": st.integers(0, 1000),
    "metrics.bind": st.sampled_from(["", "127.0.0.1:9570", "[::1]:0"]),
}
"""what each key can be"""


def some(*names: str) -> st.SearchStrategy[dict[str, object]]:
    """Draw values for some of the keys, or of those named."""
    chosen = names or tuple(VALUES)
    return st.fixed_dictionaries({}, optional={name: VALUES[name] for name in chosen})


def written(values: dict[str, object]) -> str:
    """Write values by dotted key as a file."""
    lines: list[str] = []
    section = ""
    for name in keys():
        above, _, last = name.rpartition(".")
        if name not in values:
            continue
        if above != section:
            section = above
            lines.append(f"[{section}]")
        lines.append(f"{toml_key(last)} = {toml(values[name])}")
    return "\n".join(lines) + "\n"


def as_text(value: object) -> str:
    """Write a value as people write it in an environment."""
    if isinstance(value, list):
        return ",".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{label}={one}" for label, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
