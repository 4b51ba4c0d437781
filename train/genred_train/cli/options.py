"""Choices that a person makes by name."""

from enum import StrEnum


class QuantizationName(StrEnum):
    """How a network's numbers are stored."""

    INT8 = "int8"
    INT16 = "int16"
    FLOAT16 = "float16"


class HeadName(StrEnum):
    """One genre at a time, or several at once."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


class KindName(StrEnum):
    """What a row holds."""

    MFCC = "mfcc"
    LOGMEL = "logmel"


class BalanceName(StrEnum):
    """What is done against uneven genres."""

    NONE = "none"
    WEIGHTS = "weights"
    SAMPLING = "sampling"


class SplitName(StrEnum):
    """How one collection is split."""

    PARTS = "parts"
    TRACK = "track"
    ARTIST = "artist"
    GTZAN = "gtzan-fault-filtered"
    LEAKY = "leaky"
