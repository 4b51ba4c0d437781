"""Which changes a run makes to what it is fitted on: chosen in its config, one record."""

import msgspec

from genred.errors import GenredError
from genred_train.augment.audio import check_names
from genred_train.augment.spectral import ALL_CHANGES, FEATURE_CHANGES
from genred_train.augment.strength import Strength

__all__ = ["ALL_CHANGES", "FEATURE_CHANGES", "Augmentation"]


class Augmentation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to a window on its way to the network.

    Raises GenredError for a change that is none, or a figure that makes no sense; it names it.
    """

    changes: tuple[str, ...] = FEATURE_CHANGES
    """of `ALL_CHANGES`; with none a window is cut out at a random frame and left as it is"""
    strength: Strength = Strength()
    """how far each of them may go"""
    mixup_alpha: float = 0.3
    """of the beta distribution that windows are mixed by; 0 mixes none"""
    mix_unlabelled: bool = False
    """whether windows without a label are mixed too, with one another: for what a teacher says"""
    label_smoothing: float = 0.1
    """share of each target that is spread over all labels"""

    def __post_init__(self) -> None:
        """Check names and figures."""
        check_names(self.changes, ALL_CHANGES)
        if not self.mixup_alpha >= 0:
            raise GenredError(f"mixup_alpha = {self.mixup_alpha}: give 0 for none, or more")
        if not 0 <= self.label_smoothing < 1:
            raise GenredError(f"label_smoothing = {self.label_smoothing}: give 0 for none, under 1")
