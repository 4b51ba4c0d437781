"""`genred classify`: a result or one line, for every file."""

import itertools
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.model.shipped import load_model
from genred.tracking.rejection import states
from programs import GENRED, genred, sound_file

LABELS = states(load_model("base").metadata)


def one_line(text: str) -> bool:
    return text.startswith("genred: ") and text.count("\n") == 1


def test_people_see_a_timeline(demo: Path) -> None:
    found = genred("classify", demo)
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    assert "silence" in found.stdout
    assert "█" in found.stdout


def test_json_is_one_object_a_file(demo: Path, tmp_path: Path) -> None:
    other = sound_file(tmp_path / "noise.wav", 4.0)
    found = genred("classify", "--json", demo, other)
    assert found.returncode == 0, found.stderr
    first, second = map(json.loads, found.stdout.splitlines())
    assert first["file"] == str(demo)
    assert second["file"] == str(other)
    assert first["duration"] == pytest.approx(90.5, abs=0.1)
    assert set(first["probabilities"]) == set(LABELS)
    assert sum(first["probabilities"].values()) == pytest.approx(1.0, abs=1e-3)
    assert first["genre"] == max(LABELS, key=first["probabilities"].get)


def test_segments_cover_the_file_in_order(demo: Path) -> None:
    segments = json.loads(genred("classify", "--json", demo).stdout)["segments"]
    assert segments[0]["start"] == pytest.approx(0.0, abs=0.2)
    assert segments[-1]["end"] == pytest.approx(90.5, abs=0.1)
    for before, after in itertools.pairwise(segments):
        assert before["end"] == after["start"]
        assert before["genre"] != after["genre"]
    for segment in segments:
        assert segment["start"] < segment["end"]
        assert 0 <= segment.get("confidence", 0) <= 1


def test_silences_of_the_demo_are_found_where_they_are(demo: Path) -> None:
    pieces = json.loads((demo.parent / "pieces.json").read_text())
    gaps = [
        (before["end_s"], after["start_s"])
        for before, after in itertools.pairwise(pieces)
        if after["start_s"] - before["end_s"] > 0.5
    ]
    segments = json.loads(genred("classify", "--json", demo).stdout)["segments"]
    silences = [(s["start"], s["end"]) for s in segments if s["genre"] == "silence"]
    for start, end in gaps:
        assert any(abs(s - start) < 0.5 and abs(e - end) < 0.5 for s, e in silences), (start, end)


def test_one_bad_file_does_not_keep_the_others(demo: Path, tmp_path: Path) -> None:
    bad = tmp_path / "song.m4a"
    bad.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(1000))
    found = genred("classify", "--json", bad, demo)
    assert found.returncode == 1
    assert one_line(found.stderr)
    assert "ffmpeg" in found.stderr
    assert json.loads(found.stdout)["file"] == str(demo)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (192_000, 2), (44_100, 7)])
def test_odd_rates_and_channels_give_a_result(tmp_path: Path, rate: int, channels: int) -> None:
    found = genred("classify", "--json", sound_file(tmp_path / "a.wav", 4.0, rate, channels))
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["genre"] in LABELS


def test_a_tenth_of_a_second_is_short_and_heard(tmp_path: Path) -> None:
    found = genred("classify", "--json", sound_file(tmp_path / "a.wav", 0.1))
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["short"] is True


def test_less_than_a_frame_is_refused_in_one_line(tmp_path: Path) -> None:
    found = genred("classify", sound_file(tmp_path / "a.wav", 0.05))
    assert found.returncode == 1
    assert one_line(found.stderr)
    assert "0.050 s of sound is too short; one frame takes 0.093 s" in found.stderr


def test_nan_and_clipped_noise_give_results_with_finite_numbers(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(22050 * 4).astype(np.float32)
    with_nan = noise * 0.1
    with_nan[5000:6000] = np.nan
    soundfile.write(tmp_path / "nan.wav", with_nan, 22050, subtype="FLOAT")
    soundfile.write(tmp_path / "clipped.wav", np.sign(noise), 22050, subtype="PCM_16")
    found = genred("classify", "--json", tmp_path / "nan.wav", tmp_path / "clipped.wav")
    assert found.returncode == 0, found.stderr
    for line in found.stdout.splitlines():
        assert all(np.isfinite(p) for p in json.loads(line)["probabilities"].values())


def test_silence_is_silence(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(22050 * 5), 22050)
    (result,) = map(
        json.loads, genred("classify", "--json", tmp_path / "silence.wav").stdout.splitlines()
    )
    assert result["genre"] == "silence"
    assert result["probabilities"] == {}
    assert [segment["genre"] for segment in result["segments"]] == ["silence"]


@pytest.mark.parametrize("name", ["none.wav", ".", "empty.wav", "text.wav"])
def test_what_is_no_sound_is_one_line_and_exit_1(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("no sound")
    found = genred("classify", tmp_path / name)
    assert found.returncode == 1
    assert one_line(found.stderr)
    assert found.stdout == ""


def test_files_that_may_not_be_read_or_have_odd_names_do_not_keep_the_others(
    demo: Path, tmp_path: Path
) -> None:
    loop = tmp_path / "loop.wav"
    loop.symlink_to(loop)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\xe9.wav"))
    sound_file(tmp_path / "plain.wav", 4.0).rename(odd)
    long = tmp_path / ("x" * 300 + ".wav")
    found = genred("classify", "--json", loop, odd, long, demo)
    assert found.returncode == 1
    refused = found.stderr.splitlines()
    assert len(refused) == 2
    assert all(line.startswith("genred: ") and "internal" not in line for line in refused), refused
    files = [json.loads(line)["file"] for line in found.stdout.splitlines()]
    assert files == [f"{tmp_path}/bad\ufffd\ufffd.wav", str(demo)]


def test_a_full_disk_is_one_line_and_exit_1(demo: Path) -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [*GENRED, "classify", demo], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "No space left" in found.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--nonsense"], ["--model", "bse", "a.wav"], ["classify"]]
)
def test_wrong_use_is_exit_2(arguments: list[str]) -> None:
    found = genred("classify", *arguments) if arguments != ["classify"] else genred("nonsense")
    assert found.returncode == 2
    assert "Traceback" not in found.stderr


def test_a_model_that_is_none_is_one_line_and_exit_1(demo: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.tflite"
    path.write_bytes(b"TFL3 and nothing else")
    found = genred("classify", "--model", path, demo)
    assert found.returncode == 1
    assert one_line(found.stderr)
    assert "no genred.json" in found.stderr


@pytest.mark.slow
@pytest.mark.data
def test_every_song_is_classified_and_two_say_what_to_do(data: Path) -> None:
    songs = sorted(path for path in (data / "songs").iterdir() if path.suffix != ".md")
    found = genred("classify", "--json", *songs)
    assert found.returncode == 1
    refused = found.stderr.splitlines()
    assert len(refused) == 2
    assert all(line.startswith("genred: ") and "ffmpeg" in line for line in refused), refused
    done = [json.loads(line)["file"] for line in found.stdout.splitlines()]
    assert done == [str(path) for path in songs if path.suffix not in {".m4a", ".webm"}]
