"""The daemon's arguments, and what of the config each stands for."""

import argparse
from pathlib import Path

from genred import __version__
from genred.errors import UsageError
from genred.labels import parse_names, parse_weights
from genred.wire.control import control_endpoints


def parser() -> argparse.ArgumentParser:
    """Return what reads them; whatever is not given stays None."""
    made = argparse.ArgumentParser(
        prog="genred.service",
        allow_abbrev=False,
        description="Hear a live source and publish its genres.",
    )
    made.add_argument("--config", type=Path)
    made.add_argument("--source")
    made.add_argument("--model")
    made.add_argument("--stream")
    made.add_argument("--bind", action="append")
    made.add_argument("--control", action="append")
    made.add_argument("--taught-dir")
    made.add_argument("--no-taught", action="store_true")
    made.add_argument("--weight", action="append", default=[])
    made.add_argument("--name", action="append", default=[])
    made.add_argument("--no-wait", action="store_true")
    made.add_argument("--keys")
    made.add_argument("--insecure", action="store_true")
    made.add_argument("--log")
    made.add_argument("--log-level")
    made.add_argument("--metrics")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    made.add_argument("--json", action="store_true")
    made.add_argument("--version", action="version", version=f"genred {__version__}")
    return made


def flags(asked: argparse.Namespace) -> dict[str, object]:
    """Return what was given, by dotted key; raises UsageError for what can't be read.

    A flag of its own wins over `--set`.
    """
    if asked.no_taught and asked.taught_dir is not None:
        raise UsageError("--no-taught does not go with --taught-dir")
    given = {
        "source": asked.source,
        "model": asked.model,
        "stream": asked.stream,
        "events.bind": asked.bind,
        "control.bind": asked.control and control_endpoints(asked.control, ()),
        "taught_dir": asked.taught_dir,
        # Who names a folder wants what is in it.
        "taught": False if asked.no_taught else asked.taught_dir and True,
        "wait": False if asked.no_wait else None,
        "security.keys": asked.keys,
        "security.insecure": asked.insecure or None,
        "log.to": asked.log,
        "log.level": asked.log_level,
        "metrics.bind": asked.metrics,
        "labels.weights": parse_weights(asked.weight) or None,
        "labels.names": parse_names(asked.name) or None,
    }
    return parse_settings(asked.set) | {k: v for k, v in given.items() if v is not None}


def parse_settings(texts: list[str]) -> dict[str, object]:
    """Read `KEY=VALUE`; raises UsageError, one line, for what is none."""
    found: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key.strip() and equals):
            raise UsageError(f'--set "{text}": give KEY=VALUE, such as tracking.dwell_s=2')
        found[key.strip()] = value.strip()
    return found
