"""A folder per genre, as GTZAN and Homburg come: each sub-folder's name is the label within."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from genred.audio.file import printable
from genred.errors import GenredError
from genred_train.collection.tracks import Collection, Track, collected

# Also forms that libsndfile may not read: they are named as unreadable rather than passed over.
_SUFFIXES = (
    ".wav .flac .mp3 .ogg .oga .opus .aif .aiff .aifc .au .snd .caf .w64 .rf64 "
    ".m4a .aac .mp4 .mka .webm .wma .ape .wv"
)
SOUND_SUFFIXES = frozenset(_SUFFIXES.split())
"""of files that are taken for sound, wherever a folder of it is given"""


def open_folder(root: Path, genres: Sequence[str] | None) -> Collection:
    """Take all sound files below each sub-folder, however deep; hidden ones are left out.

    Raises GenredError for a folder without sound, or whose sound lies beside the sub-folders.
    """
    loose = [path for path in sorted(root.iterdir()) if is_sound(path)]
    if loose:
        raise GenredError(
            f"{printable(root)}: {len(loose)} sound files lie in no genre's folder (the first: "
            f"{printable(Path(loose[0].name))}); put each into a sub-folder named by its genre, "
            "or write a manifest"
        )
    return collected(root, _tracks(root), genres)


def _tracks(root: Path) -> Iterator[Track]:
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            for path in folder.rglob("*"):
                if is_sound(path):
                    yield Track(track_id(path, root), path, (printable(Path(folder.name)),))


def is_sound(path: Path) -> bool:
    """Whether a file's name is that of sound, and not a hidden one's."""
    # A Mac leaves "._song.mp3" beside each "song.mp3".
    return (
        path.suffix.lower() in SOUND_SUFFIXES
        and not path.name.startswith(".")
        and not path.is_dir()
    )


def track_id(path: Path, root: Path) -> str:
    """Name a track by its path below the root, or by all of it where it lies elsewhere."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return inside.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
