"""What a collection is prepared into: the whole of it, and the part that decides what is stored."""

import hashlib
from typing import Any, Literal

import msgspec

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.augment.audio import AUDIO_CHANGES, check_names

FORMAT = 1
"""of the stored rows: raised when the same recipe would store other ones"""
FRAMES_AT_ONCE = 12
"""frames computed together, as the daemon does for the shipped models: its rows, bit for bit.
More of them cost less (72: a fifth, measured), but BLAS spreads larger products over threads, and
their number decides how it rounds"""
_CHANGES = {"augment", "versions", "seed", "sounds"}


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How tracks become rows; raises UsageError for figures that contradict each other."""

    features: FeatureSpec = FeatureSpec()
    """window_frames is the length of a segment, interval_frames the step to the next one"""
    pieces: Literal["whole", "excerpts"] = "whole"
    """of each track: all of it, or three excerpts around a quarter, half and three quarters"""
    excerpt_s: float | None = None
    """length of an excerpt; None: one window"""
    augment: tuple[str, ...] = ()
    """changes of the sound in every version but the first; kept, and made, in the order of
    `AUDIO_CHANGES`, in whatever order they are given"""
    versions: int = 1
    """of each piece; the first is the sound as it is"""
    seed: int = 0
    noises: str | None = None
    """folder of noise to add"""
    rooms: str | None = None
    """folder of impulse responses"""

    def __post_init__(self) -> None:
        """Check each field against the others."""
        check_names(self.augment, AUDIO_CHANGES)
        ordered = tuple(name for name in AUDIO_CHANGES if name in self.augment)
        msgspec.structs.force_setattr(self, "augment", ordered)
        if self.versions < 1 or self.seed < 0:
            raise UsageError("--versions begins at 1, --seed at 0")
        if (self.versions > 1) != bool(self.augment):
            raise UsageError("--versions and --augment go together: what shall be changed, and how")
        if self.excerpt_s is not None and self.excerpt_frames < self.features.window_frames:
            raise UsageError("an excerpt is shorter than a segment; give a longer --excerpt-s")

    @property
    def stored(self) -> FeatureSpec:
        """How the rows on disk are computed: all bands, whatever is made of them on reading."""
        return msgspec.structs.replace(
            self.features,
            kind="logmel",
            n_mfcc=self.features.n_mels,
            deltas=0,
            window_frames=FRAMES_AT_ONCE,
            interval_frames=FRAMES_AT_ONCE,
        )

    @property
    def excerpt_frames(self) -> int:
        """Frames of an excerpt."""
        if self.excerpt_s is None:
            return self.features.window_frames
        return frames_of(self.excerpt_s, self.features.sample_rate, self.features.hop_length)

    def storage(self, sounds: str = "") -> dict[str, Any]:
        """Return all that decides what is stored, by name.

        Equal for recipes that differ only in what is applied on reading: segments, kind, n_mfcc,
        derivatives. `sounds` tells which noises and rooms there are.
        """
        names = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin", "fmax", "amin")
        found: dict[str, Any] = {"format": FORMAT, "pieces": self.pieces}
        found |= {name: getattr(self.features, name) for name in names}
        found["excerpt_frames"] = self.excerpt_frames if self.pieces == "excerpts" else None
        found |= {"augment": self.augment, "versions": self.versions, "seed": self.seed}
        found["sounds"] = sounds
        # Nothing is drawn where nothing is changed.
        unused = _CHANGES if self.versions == 1 else set()
        return {name: value for name, value in found.items() if name not in unused}


def frames_of(length_s: float, sample_rate: int, hop_length: int) -> int:
    """Frames that so many seconds are: 72 for 3 s at the default rate and hop."""
    return max(1, round(length_s * sample_rate / hop_length))


def digest(value: object) -> str:
    """SHA-256 of a value's JSON, keys in order."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
