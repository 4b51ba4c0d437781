"""The figures of tracking: one record, stored in the model, overridden by the config."""

import msgspec


class Tracking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults of the gate, the filter and the decision; seconds are seconds of audio."""

    open_dbfs: float = -60.0
    """the gate opens at this level of one frame"""
    close_dbfs: float = -66.0
    """and closes below this one ..."""
    hold_s: float = 0.4
    """... after so long"""
    resume_s: float = 3.0
    """a silence shorter than this is a rest in the same piece"""
    stability_s: float = 20.0
    """time constant of the filter: how long a genre is expected to last"""
    evidence: float = 0.35
    """weight of a window after the first: 1/6 of it is new, but a filter at 1/6 lags behind the
    music, and one at 1/2 flutters (docs/architecture.md has the figures)"""
    likelihood_floor: float = 0.01
    """no window can call a label less likely than this share of the best"""
    margin: float = 0.3
    """lead of the posterior that a new label needs ..."""
    dwell_s: float = 0.9
    """... for so long; the first label after silence or unknown needs no dwell"""
    announce_floor: float = 0.3
    """`unknown` while no posterior reaches this"""
    average_s: float = 5.0
    """time constant of the average, for a model with several labels at once"""
    hysteresis: float = 0.1
    """how far such a label falls below its threshold before it goes"""

    def __post_init__(self) -> None:
        """Check each figure against the others; raises ValueError naming the field."""
        checks = {
            "close_dbfs": self.close_dbfs <= self.open_dbfs,
            "hold_s": self.hold_s >= 0,
            "resume_s": self.resume_s >= 0,
            "stability_s": self.stability_s > 0,
            "evidence": 0 < self.evidence <= 1,
            "likelihood_floor": 0 < self.likelihood_floor < 1,
            "margin": 0 <= self.margin < 1,
            "dwell_s": self.dwell_s >= 0,
            "announce_floor": 0 <= self.announce_floor < 1,
            "average_s": self.average_s > 0,
            "hysteresis": 0 <= self.hysteresis < 1,
        }
        for name, good in checks.items():
            if not good:
                raise ValueError(f"tracking.{name} = {getattr(self, name)} is out of range")
