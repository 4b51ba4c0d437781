"""The daemon's arguments: each stands for a key of the config, and `genred run` passes all on."""

import inspect
from pathlib import Path

import pytest
from hypothesis import given, settings

from configs import as_text, some
from genred.cli.run_live import run
from genred.config import load
from genred.config.layers import value_of
from genred.errors import UsageError
from genred.service.arguments import flags, parser


def read_flags(*arguments: str) -> dict[str, object]:
    return flags(parser().parse_args(arguments))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], {}),
        (["--source=mic"], {"source": "mic"}),
        (["--bind=ipc:///a", "--bind=ipc:///b"], {"events.bind": ["ipc:///a", "ipc:///b"]}),
        (["--control=ipc:///a"], {"control.bind": ["ipc:///a"]}),
        (["--control=none"], {"control.bind": []}),
        (["--taught-dir=/t"], {"taught_dir": "/t", "taught": True}),
        (["--no-taught", "--no-wait"], {"taught": False, "wait": False}),
        (["--weight=jazz=0.2", "--weight=a=b=1"], {"labels.weights": {"jazz": 0.2, "a=b": 1.0}}),
        (["--name=jazz=swing"], {"labels.names": {"jazz": "swing"}}),
        (["--keys=/k", "--insecure"], {"security.keys": "/k", "security.insecure": True}),
        (["--log=journal", "--log-level=debug"], {"log.to": "journal", "log.level": "debug"}),
        (["--metrics="], {"metrics.bind": ""}),
        (["--set=log.keep=3", "--set", "stream=x", "--stream=y"], {"log.keep": "3", "stream": "y"}),
        (["--set=labels.weights.hip hop=2"], {"labels.weights.hip hop": "2"}),
    ],
)
def test_a_flag_is_a_key_of_the_config(arguments: list[str], said: dict[str, object]) -> None:
    assert read_flags(*arguments) == said
    load(None, {}, said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--no-taught", "--taught-dir=/t"], "--no-taught does not go with --taught-dir"),
        (["--weight=jazz"], "give LABEL=NUMBER"),
        (["--set=x"], "give KEY=VALUE"),
        (["--set==x"], "give KEY=VALUE"),
    ],
)
def test_what_can_not_be_read_is_wrong_use(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_flags(*arguments)


def test_genred_run_has_every_flag_of_the_daemon() -> None:
    ours = set(inspect.signature(run).parameters)
    theirs = set(vars(parser().parse_args([])))
    assert {name.replace("setting", "set") for name in ours} == theirs


@given(some())
@settings(max_examples=30)
def test_any_key_can_be_set_by_its_name(values: dict[str, object]) -> None:
    config = load(None, {}, read_flags(*(f"--set={k}={as_text(v)}" for k, v in values.items())))
    for name, value in values.items():
        held = value_of(config, (name, None))
        assert (str(held) if isinstance(held, Path) else held) == value
