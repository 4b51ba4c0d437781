"""What Windows plays, by `soundcard`'s WASAPI loopback: `list`, or `record` with what is asked for.

An idle loopback delivers nothing while nothing plays; soundcard gives zeros instead, and we hold
them to the time that they stand for. `record loopback` follows the default speaker: when that
changes, it says so and ends, and is started anew; `record named NAME` stays.
"""

import contextlib
import sys
import time
from typing import Any, NoReturn

from genred.audio.children.parent import end_with_parent, tell
from genred.audio.names import Candidate, find
from genred.errors import GenredError, UsageError

SAMPLE_RATE = 48000
CHANNELS = 2
BLOCK_S = 0.25
_LOOK_BLOCKS = 4  # once a second


def main() -> None:
    """Do as the arguments say."""
    if sys.argv[1:2] == ["record"]:
        end_with_parent()
    try:
        import soundcard  # noqa: PLC0415 - only where it is needed
    except Exception as error:  # noqa: BLE001 - it binds when it is imported
        _fail(f"soundcard does not work here ({error}); install it: pip install soundcard")
    try:
        match sys.argv[1:]:
            case ["list"]:
                tell({"devices": listing(soundcard)})
            case ["record", "named", name]:
                _record(soundcard, find(name, _called(soundcard)), follow=False)
            case ["record", *_]:
                _record(soundcard, default_speaker(soundcard), follow=True)
    except UsageError as error:
        _fail(str(error), usage=True)
    except GenredError as error:
        _fail(str(error), missing=True)
    except Exception as error:  # noqa: BLE001 - soundcard hands on whatever Windows says
        _fail(f"WASAPI: {error}")


def default_speaker(library: Any) -> Any:
    """Return the default speaker, None if there is none: soundcard raises what Windows says."""
    with contextlib.suppress(RuntimeError):
        return library.default_speaker()
    return None


def listing(library: Any) -> list[dict[str, Any]]:
    """Return the loopback of every speaker."""
    default = default_speaker(library)
    return [
        {
            "name": f"{speaker.name} (loopback)",
            "sample_rate": SAMPLE_RATE,
            "channels": CHANNELS,
            "default": default is not None and speaker.id == default.id,
        }
        for speaker in library.all_speakers()
    ]


def _called(library: Any) -> list[tuple[Candidate, Any]]:
    return [(Candidate(f"{s.name} (loopback)", s.name), s) for s in library.all_speakers()]


def _record(library: Any, speaker: Any, *, follow: bool) -> None:
    if speaker is None:
        _fail("Windows has no default speaker", missing=True)
    frames = round(BLOCK_S * SAMPLE_RATE)
    loopback = library.get_microphone(speaker.id, include_loopback=True)
    with loopback.recorder(samplerate=SAMPLE_RATE, channels=CHANNELS) as recorder:
        opened = {"name": f"{speaker.name} (loopback)", "sample_rate": SAMPLE_RATE}
        tell({**opened, "channels": CHANNELS}, sys.stderr)
        while True:
            for _ in range(_LOOK_BLOCKS):
                _write(recorder, frames)
            default = default_speaker(library)
            if follow and default is not None and default.id != speaker.id:
                tell({"moved": default.name}, sys.stderr)
                return


def _write(recorder: Any, frames: int) -> None:
    before = time.monotonic()
    samples = recorder.record(numframes=frames).astype("<f4")
    # Silence that takes no time would make time run ahead.
    if not samples.any():
        time.sleep(max(0.0, BLOCK_S - (time.monotonic() - before)))
    sys.stdout.buffer.write(samples.tobytes())
    sys.stdout.buffer.flush()


def _fail(why: str, *, usage: bool = False, missing: bool = False) -> NoReturn:
    tell({"error": why, "usage": usage, "missing": missing}, sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
