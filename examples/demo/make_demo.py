"""Compose, render and master the demo recording.

Run from the root of the repository: python -m examples.demo.make_demo
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from .pieces import PIECES

Audio = npt.NDArray[np.float32]

HERE = Path(__file__).parent
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE = 44100
PIECE_SECONDS = 17.5
FADE_SECONDS = 0.3
# Silence after a piece; the others follow each other at once.
GAP_SECONDS = {"classical": 1.0, "metal": 1.0, "disco": 1.0}
LOUDNESS_DB = -16.0
PEAK_DB = -1.0
KNEE = 0.5
COMPRESSION = 0.65


def decibels(level: float) -> float:
    """Return the factor that stands for a level in decibels."""
    return float(10 ** (level / 20))


def render(midi: Path, sound_font: Path) -> Audio:
    """Return a MIDI file as sound, frames by two channels, just as FluidSynth plays it."""
    wav = midi.with_suffix(".wav")
    command = ["fluidsynth", "-n", "-i", "-q", "-r", str(RATE), "-g", "0.3"]
    command += ["-R", "1", "-C", "0", "-T", "wav", "-O", "float", "-F", str(wav)]
    subprocess.run([*command, str(sound_font), str(midi)], check=True, stdout=subprocess.DEVNULL)
    audio: Audio = soundfile.read(wav, dtype="float32", always_2d=True)[0]
    return audio


def master(audio: Audio) -> Audio:
    """Return the sound cut to length, faded out, and as loud as the other pieces."""
    frames = round(PIECE_SECONDS * RATE)
    audio = np.pad(audio[:frames], ((0, max(0, frames - len(audio))), (0, 0)))
    fade = round(FADE_SECONDS * RATE)
    audio[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    audio *= decibels(LOUDNESS_DB) / float(np.sqrt(np.mean(np.square(audio))))
    # Above the knee a soft limiter bends the peaks, so that none is cut off.
    size = np.abs(audio)
    bent = KNEE + (1 - KNEE) * np.tanh((size - KNEE) / (1 - KNEE))
    audio = np.sign(audio) * np.where(size > KNEE, bent, size)
    return (audio * (decibels(PEAK_DB) / float(np.abs(audio).max()))).astype(np.float32)


def write_ogg(path: Path, audio: Audio) -> None:
    """Write Ogg Vorbis in blocks of a second: libsndfile can crash on minutes in one call."""
    with soundfile.SoundFile(
        path, "w", RATE, 2, "VORBIS", format="OGG", compression_level=COMPRESSION
    ) as out:
        for start in range(0, len(audio), RATE):
            out.write(audio[start : start + RATE])


def make(folder: Path, sound_font: Path, keep_midi: Path | None) -> None:
    """Write genred-demo.ogg and pieces.json to a folder."""
    sound: list[Audio] = []
    table: list[dict[str, str | float]] = []
    now = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for compose in PIECES:
            piece = compose()
            midi = Path(scratch) / f"{piece.genre}.mid"
            midi.write_bytes(piece.midi())
            if keep_midi is not None:
                keep_midi.mkdir(parents=True, exist_ok=True)
                shutil.copy(midi, keep_midi)
            gap = GAP_SECONDS.get(piece.genre, 0.0)
            sound += [
                master(render(midi, sound_font)),
                np.zeros((round(gap * RATE), 2), np.float32),
            ]
            end = now + PIECE_SECONDS
            table.append({"genre": piece.genre, "start_s": now, "end_s": end})
            now = end + gap
    write_ogg(folder / "genred-demo.ogg", np.concatenate(sound))
    (folder / "pieces.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(description="Make the demo recording.")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the results go")
    parser.add_argument("--sound-font", type=Path, default=SOUND_FONT)
    parser.add_argument("--keep-midi", type=Path, help="a folder for the MIDI files")
    options = parser.parse_args()
    if shutil.which("fluidsynth") is None:
        print("fluidsynth is missing: apt-get install fluidsynth", file=sys.stderr)
        return 1
    if not options.sound_font.is_file():
        print(
            f"no sound font at {options.sound_font}: apt-get install fluid-soundfont-gm",
            file=sys.stderr,
        )
        return 1
    make(options.folder, options.sound_font, options.keep_midi)
    return 0


if __name__ == "__main__":
    sys.exit(main())
