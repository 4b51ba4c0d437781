"""The folder of what was taught: a file a label, and one of other music."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from genred.errors import GenredError
from genred.model.metadata import Metadata
from genred.taught.lesson import Lesson, Song, Taught
from genred.taught.lessons_file import About, about, read, write

_OTHERS = "others.npz"
_LABELS = "label-"
_SYSTEM = "/var/lib/"


def default_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where lessons lie: the service's own folder, else the user's data; None of neither.

    systemd names the folder of a system unit in STATE_DIRECTORY; a user's programs and a user's
    unit share the data directory of the XDG Base Directory Specification.
    """
    state = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if state.startswith(_SYSTEM):
        return Path(state)
    data = environment.get("XDG_DATA_HOME", "")
    if Path(data).is_absolute():
        return Path(data) / "genred" / "taught"
    try:
        return Path.home() / ".local" / "share" / "genred" / "taught"
    except RuntimeError:  # a user without a home
        return None


class Store:
    """Lessons in a folder; all raise GenredError, one line, for what can't be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Return the files of lessons, then that of other music; none if there is no folder."""
        try:
            found = {path.name: path for path in self.folder.iterdir()}
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise GenredError(f"{self.folder}: {error.strerror}; --no-taught leaves it") from error
        names = [n for n in sorted(found) if n.startswith(_LABELS) and n.endswith(".npz")]
        return [found[name] for name in [*names, _OTHERS] if name in found]

    def listed(self) -> list[About]:
        """Return what is there, of whatever model."""
        return [about(path) for path in self.files()]

    def load(self, metadata: Metadata) -> Taught:
        """Read all that is taught; raises GenredError if some of it was to another model."""
        for said in self.listed():
            _check_model(said, metadata, self.folder)
        return self.of_model(metadata)

    def of_model(self, metadata: Metadata) -> Taught:
        """Read what this model was taught, and pass over what another one was."""
        lessons, others = [], []
        for path in self.files():
            if about(path).model_sha256 != metadata.model_sha256:
                continue
            said, songs = read(path)
            _check_shapes(path, songs, metadata)
            if said.name:
                lessons.append(Lesson(said.name, said.folders[0], songs))
            else:
                others = songs
        return Taught(lessons, others)

    def other_folders(self) -> list[str]:
        """Return where other music was, that of whatever model; none if none was given."""
        return next((said.folders for said in self.listed() if not said.name), [])

    def save(self, lesson: Lesson, metadata: Metadata) -> None:
        """Keep a lesson, in the place of one of the same name."""
        path = self.folder / f"{_LABELS}{quote(lesson.name, safe='')}.npz"
        write(path, _about(lesson.name, [lesson.folder], metadata), lesson.songs)

    def save_others(self, songs: list[Song], folders: list[str], metadata: Metadata) -> None:
        """Keep songs of other music, in the place of those before."""
        write(self.folder / _OTHERS, _about("", folders, metadata), songs)

    def remove(self, name: str) -> None:
        """Forget a label, or with an empty name other music; raises GenredError if not there."""
        there = {about(path).name: path for path in self.files()}
        if name not in there:
            known = ", ".join(one for one in there if one) or "nothing"
            raise GenredError(f'"{name or "others"}" is not taught (taught is {known})')
        try:
            there[name].unlink()
        except OSError as error:
            raise GenredError(f"{there[name]}: {error.strerror}; it is still there") from error


def command(said: About, model: str = "") -> str:
    """Return what a person types to learn songs again."""
    words = ["genred", "teach", said.name, said.folders[0]]
    if not said.name:
        words = ["genred", "teach", "NAME", "FOLDER"]
        words += [word for folder in said.folders for word in ("--others", folder)]
    return shlex.join([*words, *(["--model", model] if model else [])])


def _about(name: str, folders: list[str], metadata: Metadata) -> About:
    return About(
        name=name,
        folders=folders,
        model=f"{metadata.name} {metadata.version}",
        model_sha256=metadata.model_sha256,
        songs=[],
    )


def _check_model(said: About, metadata: Metadata, folder: Path) -> None:
    if said.model_sha256 != metadata.model_sha256:
        what = f'"{said.name}" was' if said.name else "the others were"
        raise GenredError(
            f"{folder}: {what} learnt with another model ({said.model}) than this one "
            f"({metadata.name} {metadata.version}); learn again: {command(said)}; "
            "or --no-taught, or --model"
        )


def _check_shapes(path: Path, songs: list[Song], metadata: Metadata) -> None:
    """Raise GenredError for windows that no network of this form gives."""
    labels = len(metadata.labels)
    width = metadata.embedding.shape[-1] if metadata.embedding else 0
    song = songs[0]
    if (song.embeddings.shape[1], song.probabilities.shape[1]) != (width, labels):
        raise GenredError(f"{path}: its windows are not of this model; remove it and teach anew")
