"""What is drawn of a room, a noise, a microphone, an automatic gain: figures with units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reverb:
    """A room, and how far from the loudspeaker."""

    fall_s: float
    """time to fall by 60 dB, up to 1 kHz"""
    fall_octaves: float
    """by which that is shorter for each octave above"""
    direct_db: float
    """straight sound over that of the walls"""

    @property
    def told(self) -> str:
        """What a person reads of it."""
        return f"rings {self.fall_s:.1f} s, direct {self.direct_db:+.0f} dB"


@dataclass(frozen=True)
class Noise:
    """A steady noise that swells."""

    snr_db: float
    slope_db: float
    """per octave, of power per Hz"""
    swing_db: tuple[float, ...]
    """how much louder than usual it is at moments at even distances over the window"""
    place: float
    """0 to 1: which moment of a noise"""

    @property
    def told(self) -> str:
        """What a person reads of it."""
        return f"{self.snr_db:.0f} dB SNR, {self.slope_db:+.1f} dB/octave"


@dataclass(frozen=True)
class Band:
    """What a small microphone or loudspeaker leaves: -3 dB at both ends."""

    low_hz: float
    high_hz: float
    low_slope_db: float
    """per octave"""
    high_slope_db: float

    @property
    def told(self) -> str:
        """What a person reads of it."""
        return f"{self.low_hz:.0f} to {self.high_hz:.0f} Hz"


@dataclass(frozen=True)
class Agc:
    """An automatic gain."""

    ratio: float
    """dB of level in for each that comes out"""
    follow_s: float
    """time constant"""

    @property
    def told(self) -> str:
        """What a person reads of it."""
        return f"{self.ratio:.1f} to 1, in {self.follow_s:.1f} s"


Setting = Reverb | Noise | Band | Agc
