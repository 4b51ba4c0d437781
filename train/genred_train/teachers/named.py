"""Teachers by name. What they need is imported as their weights are read, not before."""

import difflib
from pathlib import Path

from genred.errors import UsageError
from genred_train.teachers.teacher import Hearing, Teacher

__all__ = ["TEACHERS", "Hearing", "Teacher", "find"]

# The order of the last layer's units.
_TAGS = (
    "rock,pop,alternative,indie,electronic,female vocalists,dance,00s,alternative rock,jazz,"
    "beautiful,metal,chillout,male vocalists,classic rock,soul,indie rock,Mellow,electronica,80s,"
    "folk,90s,chill,instrumental,punk,oldies,blues,hard rock,ambient,acoustic,experimental,"
    "female vocalist,guitar,Hip-Hop,70s,party,country,easy listening,sexy,catchy,funk,electro,"
    "heavy metal,Progressive rock,60s,rnb,indie pop,sad,House,happy"
)


def _musicnn(weights: Path) -> Hearing:
    # Imported late: Keras and librosa take seconds.
    from genred_train.teachers.musicnn import Musicnn  # noqa: PLC0415

    return Musicnn(weights)


_ALL = (
    Teacher(
        name="musicnn",
        summary="MSD_musicnn (Pons, Serra 2019): 50 tags of a quarter of a million songs",
        sample_rate=16000,
        groups={"embedding": 200, "logits": 50},
        tags=tuple(_TAGS.split(",")),
        open=_musicnn,
    ),
)
TEACHERS: dict[str, Teacher] = {teacher.name: teacher for teacher in _ALL}


def find(name: str) -> Teacher:
    """Find a teacher; raises UsageError with the nearest name if none is called so."""
    if name not in TEACHERS:
        near = difflib.get_close_matches(name.casefold(), TEACHERS, n=1, cutoff=0.0)[0]
        raise UsageError(f'no teacher is called "{name}"; the nearest is "{near}"')
    return TEACHERS[name]
