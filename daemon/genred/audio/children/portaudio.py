"""PortAudio in a process of its own: `list`, or `record`.

PortAudio freezes its list of devices when it starts, may stall for ever inside a driver, and may
abort: here each opening is a fresh process that can be killed. `list` gives one line of JSON;
`record` writes float32 to stdout and tells what it opened, and what was dropped, on stderr. What
to record is `default`, `loopback` or `named NAME`.
"""

import sys
from typing import Any, NoReturn

from genred.audio.children.parent import end_with_parent, tell
from genred.audio.names import Candidate, NoSuchDeviceError, find, quoted
from genred.errors import GenredError, UsageError

BLOCK_S = 0.25
MOST_CHANNELS = 8
"""devices that claim more are plug-ins that take any number"""
PREFERRED = ["Windows WASAPI", "Core Audio", "ALSA", "JACK Audio Connection Kit"]
"""host APIs to look in first; others show the same devices again, under names cut short"""
VIRTUAL = ("BlackHole", "Soundflower", "Loopback Audio", "Aggregate")
"""drivers for macOS that hand on what the computer plays"""


def main() -> None:
    """Do as the arguments say."""
    if sys.argv[1:2] == ["record"]:
        end_with_parent()
    try:
        import sounddevice  # noqa: PLC0415 - it may lack the library that it binds
    except (ImportError, OSError) as error:
        _fail(f"PortAudio is not there ({error}); install it: apt-get install libportaudio2")
    except Exception as error:  # noqa: BLE001 - it begins when it is imported
        _fail(f"PortAudio: {error}")
    try:
        _do(sounddevice)
    except sounddevice.PortAudioError as error:
        _fail(f"PortAudio: {error}")


def _do(library: Any) -> None:
    match sys.argv[1:]:
        case ["list"]:
            tell({"devices": listing(library)})
        case ["record", "default", *_]:
            _record(library, None)
        case ["record", "loopback", *_]:
            _record_found(library, lambda: virtual(listing(library)))
        case ["record", "named", name]:
            _record_found(library, lambda: pick(name, listing(library)))


def listing(library: Any) -> list[dict[str, Any]]:
    """Return all inputs, the preferred host APIs first."""
    apis = list(library.query_hostapis())
    default = _default(apis)
    found = [
        {
            "index": index,
            "name": device["name"],
            "host_api": apis[device["hostapi"]]["name"],
            "sample_rate": round(device["default_samplerate"]),
            "channels": device["max_input_channels"],
            "default": index == default,
        }
        for index, device in enumerate(library.query_devices())
        if device["max_input_channels"] > 0
    ]
    return sorted(found, key=lambda device: _rank(device["host_api"]))


def _default(apis: list[Any]) -> int:
    """Return the index of the preferred host API's default input, -1 if there is none."""
    inputs = [api for api in apis if api["default_input_device"] >= 0]
    best = min(inputs, key=lambda api: _rank(api["name"]), default=None)
    return -1 if best is None else int(best["default_input_device"])


def _rank(host_api: str) -> int:
    return PREFERRED.index(host_api) if host_api in PREFERRED else len(PREFERRED)


def pick(name: str, devices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the device of a name, in the first host API that knows it."""
    for host_api in dict.fromkeys(device["host_api"] for device in devices):
        try:
            return find(name, [(called(d), d) for d in devices if d["host_api"] == host_api])
        except NoSuchDeviceError:
            continue
    return find(name, [(called(device), device) for device in devices])


def virtual(devices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first device that hands on what the computer plays."""
    for part in VIRTUAL:
        for device in devices:
            if part.casefold() in device["name"].casefold():
                return device
    raise NoSuchDeviceError(
        "no device hands on what the computer plays; install BlackHole "
        "(brew install blackhole-2ch) and choose it, or a multi-output device with it, as output"
    )


def called(device: dict[str, Any]) -> Candidate:
    """Return how a device can be called: with its host API, or by its own name alone."""
    return Candidate(f"{device['name']}, {device['host_api']}", device["name"])


def _record_found(library: Any, choose: Any) -> None:
    try:
        device = choose()
    except UsageError as error:
        _fail(str(error), usage=True)
    except GenredError as error:
        _fail(str(error), missing=True)
    _record(library, device)


def _record(library: Any, device: dict[str, Any] | None) -> None:
    if device is None:
        devices = listing(library)
        device = next((d for d in devices if d["default"]), None)
        if device is None:
            there = quoted([called(d) for d in devices])
            listed = f"no default among its inputs: {there}" if there else "no input at all"
            _fail(f"PortAudio lists {listed}", missing=True)
    stream, channels = _open(library, device)
    with stream:
        opened = {"name": called(device).name, "sample_rate": round(stream.samplerate)}
        tell({**opened, "channels": channels}, sys.stderr)
        _pump(stream, round(BLOCK_S * stream.samplerate))


def _open(library: Any, device: dict[str, Any]) -> tuple[Any, int]:
    """Open a device with the channels that it takes, at its own rate."""
    most = device["channels"]
    counts = dict.fromkeys(n for n in (most if most <= MOST_CHANNELS else 2, 2, 1) if n <= most)
    refused: Exception | None = None
    for channels in counts:
        try:
            stream = _stream(library, device, channels)
        except library.PortAudioError as error:
            refused = error
            continue
        return stream, channels
    return _fail(f'"{called(device).name}" can\'t be opened: {refused}')


def _stream(library: Any, device: dict[str, Any], channels: int) -> Any:
    return library.RawInputStream(
        device=device["index"],
        samplerate=device["sample_rate"],
        channels=channels,
        dtype="float32",
        latency=BLOCK_S,
    )


def _pump(stream: Any, frames: int) -> NoReturn:
    while True:
        try:
            samples, overflowed = stream.read(frames)
        except Exception as error:  # noqa: BLE001 - whatever the driver says ends this opening
            _fail(f"PortAudio: {error}")
        if overflowed:
            tell({"overflow": 1}, sys.stderr)
        sys.stdout.buffer.write(bytes(samples))
        sys.stdout.buffer.flush()


def _fail(why: str, *, usage: bool = False, missing: bool = False) -> NoReturn:
    tell({"error": why, "usage": usage, "missing": missing}, sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
