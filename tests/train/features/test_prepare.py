"""A prepared folder: what a second run touches, what bad files and full disks do to it."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import soundfile
from msgspec.structs import replace

from genred.errors import GenredError
from genred_train.collection.prepared import load_prepared
from genred_train.collection.tracks import Collection
from genred_train.features import shard_task, shards
from genred_train.features.pieces import Piece, pieces
from genred_train.features.prepare import clear, prepare
from genred_train.features.recipe import Recipe, digest
from genred_train.features.schedulers import in_processes
from genred_train.features.shard_task import Done, ShardTask
from genred_train.features.study import STUDY, study_recipe
from prepared_folders import (
    PLAIN,
    SPEC,
    content,
    copied,
    listed,
    prepared,
    state,
    write_collection,
    write_sound,
)


def test_a_second_run_touches_no_file(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    first = prepared(collection, out)
    before = state(out)
    again = prepared(collection, out)
    assert state(out) == before
    assert (first.computed, again.computed) == (6, 0)
    assert (again.tracks, again.hours, again.megabytes) == (
        first.tracks,
        first.hours,
        first.megabytes,
    )


def test_what_is_applied_on_reading_touches_no_shard(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    prepared(collection, out)
    before = state(out)
    other = replace(SPEC, kind="logmel", n_mfcc=13, deltas=2, window_frames=30, interval_frames=30)
    prepared(collection, out, Recipe(features=other))
    after = state(out)
    assert before.pop("dataset.json") != after.pop("dataset.json")
    assert after == before
    assert load_prepared(out).spec == other


def test_only_the_shards_of_changed_new_and_removed_tracks_are_written(tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    prepared(write_collection(music, 12), out)
    before = state(out)
    write_sound(music / "blues" / "00.wav", 2.0, 99)
    (music / "jazz" / "01.wav").unlink()
    write_sound(music / "jazz" / "new.wav", 2.0, 98)
    summary = prepared(listed(music), out)
    assert summary.computed == 2
    after = state(out)
    touched = {name for name in after if after[name] != before.get(name)}
    assert 3 <= len(touched) <= 7
    assert "jazz/01.wav" not in load_prepared(out).ids
    # As if it had been prepared at once.
    prepared(listed(music), tmp_path / "fresh")
    assert content(tmp_path / "fresh") == content(out)


def test_a_recording_with_a_new_date_is_read_but_not_heard(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    prepared(collection, out)
    before = content(out)
    os.utime(collection.tracks[0].path, ns=(1, 1))
    assert prepared(collection, out).computed == 0
    changed = {name for name, found in content(out).items() if found != before[name]}
    assert len(changed) == 1
    assert changed.pop().endswith(".json")


def test_new_labels_leave_the_rows(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    prepared(collection, out)
    digest = load_prepared(out).sha256
    rows = {name: found for name, found in state(out).items() if name.endswith(".bin")}
    tracks = [type(t)(t.id, t.path, ("jazz",), "someone") for t in collection.tracks]
    assert prepared(Collection("music", tracks, ["blues", "jazz"]), out).computed == 0
    assert {name: found for name, found in state(out).items() if name.endswith(".bin")} == rows
    clips = load_prepared(out)
    assert (set(map(clips.label, range(6))), set(clips.artists)) == ({"jazz"}, {"someone"})
    assert clips.sha256 != digest


def test_an_order_of_its_own_changes_no_byte(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 40, 0.8)

    def backwards(work: object, tasks: list[ShardTask]) -> Iterator[Done]:
        yield from map(work, reversed(tasks))  # type: ignore[call-overload]

    prepared(collection, tmp_path / "a")
    backward = Collection("music", collection.tracks[::-1], collection.genres)
    prepare(backward, PLAIN, tmp_path / "b", backwards)  # type: ignore[arg-type]
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music", 8), tmp_path / "out"

    def stop(done: Done) -> None:
        if done.shard == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(collection, PLAIN, out, map, stop)
    with pytest.raises(GenredError, match="not finished"):
        load_prepared(out)
    before = state(out)
    done = 8 - prepared(collection, out).computed
    assert done == sum(len(shards.read(out / n, shards.Index).tracks) for n in before
                       if n.startswith("shard") and n.endswith("json"))  # fmt: skip
    assert {name: state(out)[name] for name in before} == before
    prepared(collection, tmp_path / "fresh")
    assert content(tmp_path / "fresh") == content(out)


def test_bad_recordings_are_told_at_the_end_and_not_heard_again(tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    write_collection(music)
    (music / "jazz" / "text.wav").write_text("no sound at all")
    (music / "jazz" / "empty.wav").touch()
    write_sound(music / "jazz" / "short.wav", 0.3, 7)
    write_sound(music / "jazz" / "instant.wav", 0.01, 7)
    summary = prepared(listed(music), out)
    assert summary.tracks == 6
    errors = {bad.id: bad.error for bad in summary.unreadable}
    assert "libsndfile can't read it" in errors["jazz/text.wav"]
    assert "empty" in errors["jazz/empty.wav"]
    assert "too short for a window" in errors["jazz/short.wav"]
    assert "too short for a single frame" in errors["jazz/instant.wav"]
    assert not any("\n" in error for error in errors.values())
    before = state(out)
    again = prepared(listed(music), out)
    assert (again.computed, again.unreadable) == (0, summary.unreadable)
    assert state(out) == before
    assert len(load_prepared(out)) == 6
    write_sound(music / "jazz" / "text.wav", 2.0, 8)
    mended = prepared(listed(music), out)
    assert (mended.computed, mended.tracks) == (1, 7)


def test_a_recording_that_is_gone_and_comes_back_is_heard(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    path = collection.tracks[0].path
    moved = path.rename(tmp_path / "moved.wav")
    assert prepared(collection, out).unreadable[0].error == "No such file or directory"
    moved.rename(path)
    assert prepared(collection, out).tracks == 6


def test_a_damaged_shard_is_made_anew(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    prepared(collection, out)
    before = content(out)
    names = [name for name in before if name.endswith(".bin") and before[name]]
    (out / names[0]).write_bytes(before[names[0]][:-1])
    (out / names[1]).unlink()
    (out / names[2].replace(".bin", ".json")).write_text("{")
    prepared(collection, out)
    assert content(out) == before


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            Recipe(features=replace(SPEC, hop_length=128)),
            "hop_length 256, now it is hop_length 128",
        ),
        (replace(PLAIN, pieces="excerpts"), "excerpt"),
        (replace(PLAIN, augment=("gain",), versions=2), "no augment, now it is augment gain"),
    ],
)
def test_other_rows_are_refused_until_it_is_begun_anew(
    tmp_path: Path, other: Recipe, message: str
) -> None:
    collection, out = write_collection(tmp_path / "music", 2), tmp_path / "out"
    prepared(collection, out)
    before = content(out)
    with pytest.raises(GenredError, match=message) as caught:
        prepared(collection, out, other)
    assert "--anew" in str(caught.value)
    assert content(out) == before
    clear(out)
    assert content(out) == {}
    assert prepared(collection, out, other).tracks == 2


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 2)
    with pytest.raises(GenredError, match="holds other files"):
        prepared(collection, tmp_path / "music")


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """Let the disk take so many files, and no more."""
    real, left = os.fsync, [after]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        yield


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 5, 6, 7])
def test_a_full_disk_is_one_line_leaves_no_scraps_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    collection, out = write_collection(tmp_path / "music", 3), tmp_path / "out"
    with (
        full_disk(monkeypatch, after),
        pytest.raises(GenredError, match=r"out: the disk is full; make room") as caught,
    ):
        prepared(collection, out)
    assert "\n" not in str(caught.value)
    assert not list(out.glob(".part*"))
    prepared(collection, out)
    prepared(collection, tmp_path / "fresh")
    assert content(out) == content(tmp_path / "fresh")


def test_rows_never_lie_under_an_index_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the disk is full while tracks change, what can be read is what was or what is."""
    music, old, new = tmp_path / "music", tmp_path / "old", tmp_path / "new"
    prepared(write_collection(music, 3), old)
    for number in range(3):
        write_sound(next(music.rglob(f"0{number}.wav")), 2.0, 50 + number)
    prepared(listed(music), new)
    for after in range(12):
        out = copied(old, tmp_path / f"out{after}")
        with full_disk(monkeypatch, after), pytest.raises(GenredError):
            prepared(listed(music), out)
        for index in out.glob("shard-*.json"):
            both = index.read_bytes(), index.with_suffix(".bin").read_bytes()
            assert both in [pair(folder, index.name) for folder in (old, new)]


def pair(folder: Path, index: str) -> tuple[bytes, bytes]:
    """Return a shard's index and its rows."""
    path = folder / index
    return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music", 2), tmp_path / "out"
    prepared(collection, out)
    (out / ".part-0123-shard-0000.bin").write_bytes(b"half")
    prepared(collection, out)
    assert not list(out.glob(".part*"))


def test_two_runs_in_one_folder_are_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    refused = []

    def another(_: Done) -> None:
        for work in (lambda: prepared(collection, out), lambda: clear(out)):
            with pytest.raises(GenredError, match="another prepare works in") as caught:
                work()
            refused.append(str(caught.value))

    prepare(collection, PLAIN, out, map, another)
    said = f"another prepare works in {out} (pid {os.getpid()}); wait for it or give another --out"
    assert set(refused) == {said}
    prepared(collection, tmp_path / "fresh")
    assert content(out) == content(tmp_path / "fresh")


def test_a_shard_that_went_while_others_were_made_is_told(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music"), tmp_path / "out"
    for suffix in (".json", ".bin"):

        def remove(done: Done, suffix: str = suffix) -> None:
            if done.shard == 1:
                (out / f"shard-0000{suffix}").unlink()

        with pytest.raises(GenredError, match=r"shard-0000\.bin: not as it was written \(1 of 6"):
            prepare(collection, PLAIN, out, map, remove)
    prepared(collection, out)
    prepared(collection, tmp_path / "fresh")
    assert content(out) == content(tmp_path / "fresh")


def broken(error: Exception) -> GenredError:
    """Say what `FileSource` says of an error beneath it."""
    made = GenredError("it can't be read")
    made.__cause__ = error
    return made


PASSING = [
    OSError(errno.EMFILE, "Too many open files"),
    broken(OSError(errno.EIO, "Input/output error")),
    broken(soundfile.LibsndfileError(2)),
    ValueError("nobody has thought of it"),
]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_the_recording_is_not_to_blame_for_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    collection, out = write_collection(tmp_path / "music", 3), tmp_path / "out"
    real = pieces

    def failing(path: Path, track: str, *rest: Any) -> Iterator[Piece]:
        if track == collection.tracks[1].id:
            raise error
        return real(path, track, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(shard_task, "pieces", failing)
        summary = prepared(collection, out)
    assert summary.tracks == 2
    (bad,) = summary.unreadable
    assert bad.error.endswith("; the next run tries again")
    assert len(load_prepared(out)) == 2
    again = prepared(collection, out)
    assert (again.computed, again.tracks, again.unreadable) == (1, 3, [])
    prepared(collection, tmp_path / "fresh")
    assert content(out) == content(tmp_path / "fresh")


def test_noises_are_known_by_what_they_hold(tmp_path: Path) -> None:
    collection, out = write_collection(tmp_path / "music", 2), tmp_path / "out"
    noises = tmp_path / "noises"
    write_sound(noises / "hum.wav", 1.0, 1)
    recipe = replace(PLAIN, augment=("noise",), versions=2, noises=str(noises))
    prepared(collection, out, recipe)
    write_sound(noises / "hum.wav", 1.0, 2)  # of the same size
    with pytest.raises(GenredError, match="other noises or rooms"):
        prepared(collection, out, recipe)


def test_a_library_that_is_missing_is_no_fault_of_the_tracks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection, out = write_collection(tmp_path / "music", 2), tmp_path / "out"

    def lacking(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'it'", name="it")

    with monkeypatch.context() as patched:
        patched.setattr(shard_task, "pieces", lacking)
        with pytest.raises(GenredError, match="needs it: install the extra"):
            prepared(collection, out)
    assert prepared(collection, out).tracks == 2


def test_noise_that_cannot_be_read_is_said_before_anything_is_made(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 2)
    (tmp_path / "noises").mkdir()
    (tmp_path / "noises" / "hum.wav").write_text("no sound")
    recipe = replace(PLAIN, augment=("noise",), versions=2, noises=str(tmp_path / "noises"))
    with pytest.raises(GenredError, match=r"hum\.wav: libsndfile can't read it"):
        prepared(collection, tmp_path / "out", recipe)
    assert not (tmp_path / "out").exists()


def test_four_of_the_studys_sets_are_made(tmp_path: Path) -> None:
    for number in range(2):
        write_sound(tmp_path / "music" / f"{'ab'[number]}/1.wav", 3.4, number, sample_rate=22050)
    collection = listed(tmp_path / "music")
    collection = Collection("music", collection.tracks, ["a", "b"])
    for name in ("mel-3s-plain", "mel-3s-derivatives", "mfcc-3s-plain", "mfcc-3s-derivatives"):
        summary = prepared(collection, tmp_path / "out", study_recipe(name))
        assert summary.tracks == 2
        # The first one heard serves the other three.
        assert summary.computed == (2 if name == "mel-3s-plain" else 0)
        assert load_prepared(tmp_path / "out").frames(0) >= 288


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tracks of 30 s, and room for what is made of them."""
    folder = tmp_path_factory.mktemp("study")
    for genre in "ab":
        write_sound(folder / "music" / genre / "1.wav", 30.0, ord(genre), sample_rate=44100)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDY)
def test_each_of_the_studys_sets_is_one_command(studied: Path, name: str) -> None:
    recipe = study_recipe(name)
    # Those that are the same on disk share a folder: six commands, one of which hears the tracks.
    out = studied / digest(recipe.storage())
    ran(studied / "music", out, "--study", name)
    clips = load_prepared(out)
    assert len(clips) == 2 * recipe.versions * (3 if "10s" in name else 1)
    assert clips.spec == recipe.features
    assert min(map(clips.frames, range(len(clips)))) >= clips.spec.window_frames


def ran(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "genred_train", "prepare", *map(str, arguments[:1])]
    options = ["--out", *map(str, arguments[1:])]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_a_pool_of_processes_writes_the_same_bytes(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 40)
    prepared(collection, tmp_path / "one")
    prepare(collection, PLAIN, tmp_path / "pool", in_processes(2))
    assert content(tmp_path / "one") == content(tmp_path / "pool")


@pytest.mark.slow
def test_a_real_disk_that_is_full_is_one_line(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    write_collection(tmp_path / "music", 40, 30.0)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no disk may be mounted here")
    try:
        found = subprocess.run(
            [sys.executable, "-m", "genred_train", "prepare", str(tmp_path / "music"),
             "--out", str(disk / "out")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        left = list((disk / "out").glob(".part*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert (found.returncode, left) == (1, [])
    assert found.stderr.count("\n") == 1
    assert "the disk is full" in found.stderr


@pytest.mark.slow
def test_a_lock_dies_with_its_owner(tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    write_collection(music, 40, 120.0)
    command = [sys.executable, "-m", "genred_train", "prepare", str(music), "--out", str(out)]
    running = subprocess.Popen(command, start_new_session=True)
    while not list(out.glob("shard-*.json")):
        assert running.poll() is None
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert running.poll() is None
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert refused.returncode == 1
    assert f"another prepare works in {out} (pid {running.pid})" in refused.stderr
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "40 tracks" in done.stdout
    assert not (out / ".lock").exists()


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_the_same_command_goes_on(tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    write_collection(music, 40, 120.0)
    command = [sys.executable, "-m", "genred_train", "prepare", str(music), "--out", str(out)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not list(out.glob("shard-*.json")):
        assert running.poll() is None
    # As a terminal does: to all processes of the group.
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == 130
    assert said == "genred-train: stopped; the same command goes on from there\n"
    assert not list(out.glob(".part*"))
    before = state(out)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "40 tracks" in done.stdout
    assert {name: state(out)[name] for name in before} == before
