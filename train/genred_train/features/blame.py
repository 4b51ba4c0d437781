"""Whose fault it is that a recording can't be read: its own for good, or the system's for now."""

import soundfile

from genred.errors import GenredError

_SYSTEM_ERROR = 2  # SF_ERR_SYSTEM of sndfile.h


def is_of_the_recording(error: BaseException) -> bool:
    """Whether an error is what a decoder says of the recording itself, which will not pass.

    Not what the system says while it is read (too many open files, a network that is away), nor
    anything that nobody has thought of.
    """
    if not isinstance(error, GenredError):
        return False
    causes: list[BaseException] = [error]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    return not any(_is_of_the_system(cause) for cause in causes)


def _is_of_the_system(error: BaseException) -> bool:
    # libsndfile has one code for all that the system tells it; others are of what a file holds.
    told = isinstance(error, soundfile.LibsndfileError) and error.code == _SYSTEM_ERROR
    return told or isinstance(error, OSError)
