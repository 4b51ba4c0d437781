"""What dividing and describing need to know of clips, or of recordings not yet cut into clips."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Labelled(Protocol):
    """Clips, and tracks that nobody has read, with what is said of each."""

    @property
    def name(self) -> str:
        """Of the collection."""

    @property
    def genres(self) -> list[str]:
        """In the order of the targets."""

    @property
    def ids(self) -> list[str]:
        """One for each clip."""

    @property
    def tracks(self) -> list[str]:
        """Of which track each clip is."""

    @property
    def artists(self) -> list[str]:
        """Of each clip, `""` where unknown; empty if none is known."""

    @property
    def parts(self) -> list[str]:
        """Of each clip, as a manifest says; empty if none does."""

    @property
    def targets(self) -> NDArray[np.float32]:
        """(clips, genres), 1 where a clip is of a genre."""
