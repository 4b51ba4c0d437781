"""Good bytes of each kind that is fuzzed: what mutations begin with."""

import io
import tempfile
import wave
import zipfile
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from genred.events import Capture, Event, Genre, Prediction, Status, encode
from genred.model import package
from genred.model.shipped import find
from genred.taught.lesson import Song
from genred.taught.lessons_file import About, write
from genred.wire import key_file

_COMMON = {"stream": "x", "session": "s", "seq": 1, "time": 1.5, "audio_time": 0.5}


@cache
def events() -> list[bytes]:
    common = dict(_COMMON)
    made: list[Event] = [
        Genre(**common, genre="rock", previous="jazz", confidence=0.5, onset=0.1),  # type: ignore[arg-type]
        Prediction(**common, probabilities={"a": 1.0}, window={"a": 1.0}, level_dbfs=-20.0),  # type: ignore[arg-type]
        Capture(**common, state="lost", reason="gone", source="mic", lost_s=1.0),  # type: ignore[arg-type]
        Status(
            **common,  # type: ignore[arg-type]
            capture="capturing",
            uptime_s=1.0,
            model="base",
            interval_s=1.0,
            last_seq={"genre": 3, "status": 1},
        ),
    ]
    return [encode(event) for event in made]


@cache
def lessons() -> list[bytes]:
    said = About(name="x", folders=["/x"], model="base", model_sha256="0" * 64, songs=[])
    song = Song("a.ogg", np.ones((2, 3), np.float32), np.ones((2, 2), np.float32))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npz"
        write(path, said, [song])
        return [path.read_bytes()]


@cache
def sounds() -> list[bytes]:
    samples = np.random.default_rng(0).standard_normal((600, 2)) * 0.1
    made = []
    for form, subtype in [
        ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"),
        ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"),
        ("AIFF", "PCM_24"),
        ("AU", "PCM_16"), ("CAF", "ALAC_16"), ("W64", "PCM_16"), ("RF64", "PCM_16"),
        ("VOC", "PCM_16"), ("IRCAM", "PCM_16"), ("NIST", "PCM_16"), ("SVX", "PCM_16"),
        ("PAF", "PCM_16"), ("MAT5", "PCM_16"), ("PVF", "PCM_16"), ("XI", "DPCM_16"),
        ("HTK", "PCM_16"), ("SDS", "PCM_16"), ("AVR", "PCM_16"), ("WAVEX", "PCM_16"),
        ("MPC2K", "PCM_16"),
    ]:  # fmt: skip
        buffer = io.BytesIO()
        mono = form in {"XI", "HTK", "SDS", "SVX"}
        try:
            rate = 48000 if subtype == "OPUS" else 44100
            soundfile.write(
                buffer, samples[:, 0] if mono else samples, rate, format=form, subtype=subtype
            )
        except (soundfile.SoundFileError, ValueError, TypeError):
            continue  # a libsndfile without it
        made.append(buffer.getvalue())
    plain = io.BytesIO()
    with wave.open(plain, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * 100)
    return [*made, plain.getvalue()]


@cache
def base() -> package.ModelPackage:
    """Return the smallest shipped model."""
    return package.load(find("tiny"))


def described() -> bytes:
    """Return its `genred.json`."""
    return msgspec.json.encode(base().metadata)


def archive(flatbuffer: bytes, text: bytes, labels: list[str]) -> bytes:
    """Return a model file without a seal, as others than `package.save` may make it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("genred.json", text)
        made.writestr("labels.txt", ("\n".join(labels) + "\n").encode("utf-8", "surrogatepass"))
    return flatbuffer + buffer.getvalue()


def keys() -> list[bytes]:
    """Return files of keys: a daemon's, a client's, and what may be shown to anybody."""
    made = key_file.KeyFile.made(server=b"0" * 40)
    public = key_file.KeyFile(made.public)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        for one in (made, public):
            key_file.write(path, one, "a key", force=True)
            found.append(path.read_bytes())
    return found
