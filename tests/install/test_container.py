"""The container file, step by step in a Debian root: what an engine does, without an engine.

debootstrap's smallest Debian stands for `debian:12-slim`; users and folders are set as the file
says, names and networks of containers are not.
"""

import glob
import json
import re
import shlex
from pathlib import Path

import pytest

from conftest import ROOT
from debian.root import Copy, Root
from debian_package import package

pytestmark = pytest.mark.long

FILE = ROOT / "packaging" / "daemon.Containerfile"
ARCH = "amd64"


def steps() -> list[tuple[str, str]]:
    """Return the file's instructions with what each is about, in order."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE).replace("\\\n", "")
    lines = [line for line in text.splitlines() if line]
    return [(word, rest.replace("${TARGETARCH}", ARCH)) for word, _, rest in
            (line.partition(" ") for line in lines)]  # fmt: skip


def carried_out(copy: Copy, context: Path) -> dict[str, str]:
    """Do the steps; return what is only said: USER, WORKDIR, ENTRYPOINT, CMD."""
    said: dict[str, str] = {}
    for word, rest in steps():
        if word == "RUN":
            copy.run("sh", "-c", rest, network=True)
        elif word == "COPY":
            sources, target = rest.split()
            for source in glob.glob(str(context / sources)):  # noqa: PTH207 - as COPY does
                copy.put(Path(source), f"{target}{Path(source).name}")
        else:
            said[word] = rest
    return said


def test_its_steps_make_a_program_that_hears(debian_root: Root, tmp_path: Path, demo: Path) -> None:
    package(ARCH, tmp_path / "dist", tmp_path / "work")
    with debian_root.copy() as copy:
        said = carried_out(copy, tmp_path)
        assert said["FROM"] == "debian:12-slim"
        copy.put(demo, "/srv/demo.ogg")
        program = shlex.join([*json.loads(said["ENTRYPOINT"]), "classify", "--json"])
        told = copy.run(
            "runuser", "-u", said["USER"], "--", "sh", "-c",
            f"cd {said['WORKDIR']} && {program} /srv/demo.ogg",
        )  # fmt: skip
        assert json.loads(told.stdout)["segments"]
        assert copy.run("runuser", "-u", said["USER"], "parec", "--version").returncode == 0
        assert not list((copy.path / "srv").glob("*.deb"))
        # Nothing of a system that boots comes along with it.
        run = copy.run("sh", "-c", f"{shlex.join(json.loads(said['ENTRYPOINT']))} run --help")
        assert "--source" in run.stdout
