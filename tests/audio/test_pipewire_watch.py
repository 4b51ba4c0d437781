"""PipeWire's objects as `pw-dump` tells them, recorded from PipeWire 0.3.65: what is made of them.

In the recording two null sinks come, one is made the default and is recorded, the other one is made
the default, and the first goes.
"""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.audio.children.pipewire_watch import Objects, _take, state_of
from genred.audio.server_state import ServerState
from live_fakes import alive, program, wait_until
from programs import started

RECORDED = (Path(__file__).parent / "pw_dump_monitor.json").read_text()


def states(text: str) -> list[dict[str, Any]]:
    """Return the state after each array that pw-dump wrote."""
    objects: Objects = {}
    found = []
    for array in text.split("\n]\n")[:-1]:
        assert _take(f"{array}\n]\n", objects) == ""
        found.append(state_of(objects))
    return found


STATES = states(RECORDED)


def names(state: dict[str, Any]) -> list[str]:
    return [source["name"] for source in state["sources"]]


def of(*objects: dict[str, Any]) -> dict[str, Any]:
    held: Objects = {}
    assert _take(json.dumps(objects), held) == ""
    return state_of(held)


def node(number: int, name: str, media: str, **props: Any) -> dict[str, Any]:
    props = {"node.name": name, "media.class": media, **props}
    return {"id": number, "type": "PipeWire:Interface:Node", "info": {"props": props}}


def metadata(*entries: tuple[str | None, Any]) -> dict[str, Any]:
    told = [{"subject": 0, "key": key, "value": value} for key, value in entries]
    return {"id": 35, "type": "PipeWire:Interface:Metadata", "metadata": told}


def test_every_state_is_one_that_can_be_read() -> None:
    for state in STATES:
        read = msgspec.convert({**state, "settled": True}, ServerState)
        assert read.up
        assert read.server == "PipeWire 0.3.65"


def test_at_first_there_is_the_dummy_alone() -> None:
    assert names(STATES[0]) == ["auto_null.monitor"]
    assert STATES[0]["default_sink"] == "auto_null"


def test_sinks_come_and_go_with_their_monitors() -> None:
    seen = [tuple(names(state)) for state in STATES]
    assert list(dict.fromkeys(seen)) == [
        ("auto_null.monitor",),
        (),
        ("living.monitor",),
        ("living.monitor", "six.monitor"),
        ("six.monitor",),
    ]


def test_defaults_follow_updates_that_tell_a_part_of_them() -> None:
    seen = [(state["default_sink"], state["default_source"]) for state in STATES]
    assert list(dict.fromkeys(seen)) == [
        ("auto_null", "auto_null.monitor"),
        ("living", "living.monitor"),
        ("six", "living.monitor"),
        ("six", "living"),  # which is gone
        ("six", "six.monitor"),
    ]


def test_a_recording_is_known_by_its_token_and_hears_what_it_is_linked_to() -> None:
    seen = [tuple((r["token"], r["source"]) for r in state["recordings"]) for state in STATES]
    assert list(dict.fromkeys(seen)) == [(), (("abc", ""),), (("abc", "living.monitor"),)]
    assert seen[-1] == ()


def test_a_running_sink_says_its_rate_and_channels_a_suspended_one_does_not() -> None:
    living = [source for state in STATES for source in state["sources"] if "liv" in source["name"]]
    assert {source["suspended"] for source in living} == {True, False}
    running = [source for source in living if not source["suspended"]]
    assert {tuple(source["channel_map"]) for source in running} == {("FL", "FR")}
    assert {source["monitor_of"] for source in living} == {"living"}
    assert all((s["sample_rate"], s["channels"]) == (48000, 2) for s in living)


def test_a_microphone_is_named_as_it_is_and_a_sink_as_its_monitor() -> None:
    state = of(
        node(1, "alsa_input.usb", "Audio/Source", **{"node.description": "USB Mic"}),
        node(2, "alsa_output.pci", "Audio/Sink", **{"node.description": "Built-in"}),
        node(3, "echo-cancel", "Audio/Source/Virtual"),
        node(4, "Firefox", "Stream/Output/Audio"),
        node(5, "camera", "Video/Source"),
    )
    assert [(s["name"], s["description"], s["monitor_of"]) for s in state["sources"]] == [
        ("alsa_input.usb", "USB Mic", None),
        ("alsa_output.pci.monitor", "Monitor of Built-in", "alsa_output.pci"),
        ("echo-cancel", "echo-cancel", None),
    ]


def test_the_microphone_of_the_session_manager_is_the_default() -> None:
    state = of(
        metadata(
            ("default.configured.audio.sink", {"name": "other"}),
            ("default.audio.sink", {"name": "alsa_output.pci"}),
            ("default.audio.source", {"name": "alsa_input.usb"}),
            ("clock.rate", 48000),
            (None, None),
        )
    )
    assert (state["default_sink"], state["default_source"]) == ("alsa_output.pci", "alsa_input.usb")


def test_a_default_that_is_taken_back_is_none() -> None:
    state = of(
        metadata(("default.audio.sink", {"name": "x"})), metadata(("default.audio.sink", None))
    )
    assert state["default_sink"] == ""


def test_what_is_being_removed_or_made_is_no_fault() -> None:
    link = {"input-node-id": 7, "output-node-id": 99}
    state = of(
        {"id": 8, "type": "PipeWire:Interface:Link", "info": link},
        {"id": 7, "type": "PipeWire:Interface:Node", "info": {"props": {"genred.token": "t"}}},
        {"id": 1234, "info": None},
        {"id": 9, "type": "PipeWire:Interface:Node", "info": None},
    )
    assert state["recordings"] == [{"token": "t", "source": ""}]
    assert state["sources"] == []


def test_nothing_is_no_server() -> None:
    assert not state_of({})["up"]


@given(st.lists(st.integers(0, len(RECORDED)), max_size=8))
def test_any_cut_of_what_is_read_gives_the_same_state(cuts: list[int]) -> None:
    objects: Objects = {}
    rest, edges = "", [0, *sorted(cuts), len(RECORDED)]
    for begin, end in itertools.pairwise(edges):
        rest = _take(rest + RECORDED[begin:end], objects)
    assert rest == ""
    assert state_of(objects) == STATES[-1]


@contextmanager
def watching(folder: Path, code: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the watcher with a program in place of pw-dump."""
    program(folder, "pw-dump", code)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    with started(
        [sys.executable, "-m", "genred.audio.children.pipewire_watch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PATH": path, **environment},
    ) as process:
        yield process
        process.kill()


def told(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def tells(*objects: dict[str, Any]) -> bytes:
    return json.dumps(objects, ensure_ascii=False).encode()


def test_a_change_is_told_at_once_and_again_when_it_has_settled(tmp_path: Path) -> None:
    raw = tells(node(1, "mic", "Audio/Source"))
    code = f"import os, time\nos.write(1, {raw!r})\ntime.sleep(100)"
    with watching(tmp_path, code) as process:
        lines = [told(process), told(process)]
    assert [(names(line), line["settled"]) for line in lines] == [(["mic"], False), (["mic"], True)]


def test_a_letter_that_two_reads_cut_in_two_stays_whole(tmp_path: Path) -> None:
    raw = tells(node(1, "mic", "Audio/Source", **{"node.description": "Küche"}))
    cut = raw.index("ü".encode()) + 1
    code = (
        f"import os, time\nos.write(1, {raw[:cut]!r})\ntime.sleep(0.1)\n"
        f"os.write(1, {raw[cut:]!r})\ntime.sleep(100)"
    )
    with watching(tmp_path, code) as process:
        while not (line := told(process))["sources"]:
            pass
    assert line["sources"][0]["description"] == "Küche"


def test_a_server_that_goes_is_told_and_looked_for_again(tmp_path: Path) -> None:
    raw = tells(node(1, "mic", "Audio/Source"))
    code = f"import os, sys\nos.write(1, {raw!r})\nsys.exit('error: connection lost')"
    with watching(tmp_path, code) as process:
        lines = [told(process) for _ in range(4)]
    assert [line["up"] for line in lines] == [True, False, True, False]
    assert lines[1]["why"] == "error: connection lost"


def test_it_needs_nothing_of_pulseaudio(tmp_path: Path) -> None:
    (tmp_path / "pulsectl.py").write_text("raise OSError('libpulse.so.0: cannot open')")
    code = (
        f"import os, time\nos.write(1, {tells(node(1, 'mic', 'Audio/Source'))!r})\ntime.sleep(100)"
    )
    with watching(tmp_path, code, PYTHONPATH=str(tmp_path)) as process:
        assert names(told(process)) == ["mic"]


@pytest.mark.skipif(not Path("/usr/bin/setpriv").exists(), reason="needs setpriv (util-linux)")
def test_a_watcher_that_is_killed_leaves_no_pw_dump_behind(tmp_path: Path) -> None:
    code = (
        "import json, os, time\n"
        "print(json.dumps([{'id': 0, 'type': 'x:Core', 'info': {'version': str(os.getpid())}}]),"
        " flush=True)\ntime.sleep(1000)"
    )
    with watching(tmp_path, code) as process:
        pid = int(told(process)["server"].split()[1])
        assert alive(pid)
        process.kill()
        wait_until(lambda: not alive(pid))
