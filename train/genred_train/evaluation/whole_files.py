"""Files written whole or not at all: a full disk leaves those of before."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from genred.errors import GenredError


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write all of them, then put each in its place.

    Raises GenredError, which names the file, where that can't be done.
    """
    beside = {path: path.with_name("writing-" + path.name) for path in files}
    path = next(iter(files))
    try:
        for path, content in files.items():
            beside[path].write_bytes(content)
        for path, written in beside.items():
            written.replace(path)
    except OSError as error:
        for written in beside.values():
            with contextlib.suppress(OSError):
                written.unlink()
        raise GenredError(
            f"{path}: can't be written ({error.strerror}); make room there, or name another folder"
        ) from error
