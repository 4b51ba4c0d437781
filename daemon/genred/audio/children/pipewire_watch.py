"""Watches a PipeWire server where nothing speaks PulseAudio's protocol, by `pw-dump --monitor`.

It tells the same lines as `pulse_watch`. A sink's monitor is named as PulseAudio would name it.
"""

import codecs
import json
import os
import select
import subprocess
import time
from typing import Any

from genred.audio.child import with_parent
from genred.audio.children.parent import PROPERTY, RETRY_S, SETTLED_S, end_with_parent, tell

_READ = 1 << 16
_DEFAULT_RATE, _DEFAULT_CHANNELS = 48000, 2

Objects = dict[int, dict[str, Any]]


def main() -> None:
    """Watch for ever."""
    end_with_parent()
    told = ""
    while True:
        command = [*with_parent(), "pw-dump", "--monitor", "--no-colors"]
        with subprocess.Popen(  # noqa: S603 - a program named here, no shell
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as dump:
            if _watch(dump):
                told = ""
            _, said = dump.communicate()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1] if lines else "PipeWire does not answer"
        if why != told:
            told = why
            tell({"up": False, "why": why})
        time.sleep(RETRY_S)


def _watch(dump: "subprocess.Popen[bytes]") -> bool:
    """Tell the state at each change, until pw-dump ends; return whether there was any."""
    objects: Objects = {}
    told: dict[str, Any] = {}
    text, settled = "", True
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    assert dump.stdout is not None  # noqa: S101 - Popen was asked for it
    while True:
        ready, _, _ = select.select([dump.stdout], [], [], None if settled else SETTLED_S)
        settled = not ready
        if ready:
            read = os.read(dump.stdout.fileno(), _READ)
            if not read:
                return bool(told)
            text = _take(text + decoder.decode(read), objects)
            if text:
                continue
        state = state_of(objects)
        # Most of what PipeWire tells is of no matter here.
        if settled or state != told:
            told = state
            tell({**state, "settled": settled})


def _take(text: str, objects: Objects) -> str:
    """Read whole JSON arrays off the beginning of a text; return what is left of it."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        try:
            changes, end = decoder.raw_decode(text)
        except ValueError:
            return text
        for change in changes:
            _apply(change, objects)
        text = text[end:]
    return ""


def _apply(change: dict[str, Any], objects: Objects) -> None:
    """Note what pw-dump tells of one object: all of it, some entries of its metadata, its end."""
    number = change["id"]
    if "metadata" in change:
        held = objects.setdefault(number, {}).setdefault("metadata", {})
        for entry in change["metadata"]:
            held[entry.get("subject"), entry.get("key")] = entry.get("value")
    elif change.get("info") is None:
        objects.pop(number, None)
    else:
        objects[number] = change


def state_of(objects: Objects) -> dict[str, Any]:
    """Make the state of a server of its objects, as `pw-dump` shows them."""
    nodes = {number: thing["info"] for number, thing in objects.items() if _is(thing, "Node")}
    links = [thing["info"] for thing in objects.values() if _is(thing, "Link")]
    played = {
        link["input-node-id"]
        for link in links
        if _class(nodes.get(link["output-node-id"], {})).startswith("Stream/Output")
    }
    defaults = _defaults(objects)
    names = {n: _name(info) for n, info in nodes.items()}
    sink = defaults.get("default.audio.sink", "")
    source = defaults.get("default.audio.source", "")
    # PipeWire's way to name a sink's monitor, and to say that there is no microphone.
    if source and (source == sink or f"{source}.monitor" in names.values()):
        source = f"{source}.monitor"
    return {
        "up": bool(objects),
        "server": f"PipeWire {_version(objects)}".strip(),
        "default_source": source,
        "default_sink": sink,
        "sources": [
            {**_source(info), "playing": number in played}
            for number, info in nodes.items()
            if _class(info).startswith("Audio/S")
        ],
        "recordings": [
            {"token": info["props"][PROPERTY], "source": _heard(number, links, nodes, names)}
            for number, info in nodes.items()
            if PROPERTY in info.get("props", {})
        ],
    }


def _heard(number: int, links: list[Any], nodes: Objects, names: dict[int, str]) -> str:
    """Return the name of what is linked to a recording; empty while nothing is."""
    froms = [link["output-node-id"] for link in links if link["input-node-id"] == number]
    found = next((n for n in froms if n in nodes), None)
    return "" if found is None else names[found]


def _source(info: dict[str, Any]) -> dict[str, Any]:
    props, sink = info["props"], _class(info) == "Audio/Sink"
    formats = info.get("params", {}).get("Format") or [{}]
    described = str(props.get("node.description", props["node.name"]))
    positions = formats[0].get("position")
    return {
        "name": _name(info),
        "description": f"Monitor of {described}" if sink else described,
        "sample_rate": formats[0].get("rate", _DEFAULT_RATE),
        "channels": formats[0].get("channels", _DEFAULT_CHANNELS),
        "channel_map": positions if isinstance(positions, list) else [],
        "monitor_of": props["node.name"] if sink else None,
        "suspended": info.get("state") == "suspended",
        "muted": False,
    }


def _name(info: dict[str, Any]) -> str:
    name = str(info.get("props", {}).get("node.name", ""))
    return f"{name}.monitor" if _class(info) == "Audio/Sink" else name


def _class(info: dict[str, Any]) -> str:
    return str(info.get("props", {}).get("media.class", ""))


def _is(thing: dict[str, Any], kind: str) -> bool:
    return str(thing.get("type", "")).endswith(f":{kind}") and thing.get("info") is not None


def _version(objects: Objects) -> str:
    cores = (thing for thing in objects.values() if _is(thing, "Core"))
    return next((str(core["info"].get("version", "")) for core in cores), "")


def _defaults(objects: Objects) -> dict[str, str]:
    """Return the names that the session manager holds as defaults."""
    entries = (thing.get("metadata", {}) for thing in objects.values())
    return {
        key: str(value.get("name", ""))
        for held in entries
        for (_, key), value in held.items()
        if isinstance(value, dict)
    }


if __name__ == "__main__":
    main()
