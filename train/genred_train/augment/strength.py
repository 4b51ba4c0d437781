"""How far the changes to log-mel windows may go: plain figures, as a run's config holds them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Strength:
    """How far each change may go; chances are those of a window being changed at all.

    Two figures are the least and the most.
    """

    stretch: float = 0.2
    """largest share by which time runs faster or slower"""
    shift_bands: float = 4.0
    """mel bands, up or down, broken ones too"""
    tilt_db: float = 8.0
    """from the lowest band to the highest"""
    ripple_db: float = 4.0
    """of a smooth random equaliser"""
    masked_bands: int = 24
    masked_frames: int = 16
    mask_chance: float = 0.5
    floor_chance: float = 0.3
    """of a noise floor between 25 and 60 dB below the maximum"""
    reverb_chance: float = 0.5
    reverberation_s: tuple[float, float] = (0.2, 2.0)
    """time in which sound in a room falls by 60 dB, up to 1 kHz"""
    reverberation_fall: tuple[float, float] = (0.0, 0.6)
    """octaves by which that time is shorter for each octave above 1 kHz"""
    direct_db: tuple[float, float] = (-12.0, 9.0)
    """what comes straight over what comes from the walls"""
    noise_chance: float = 0.5
    snr_db: tuple[float, float] = (5.0, 40.0)
    """power of all bands and frames over that of the noise"""
    noise_slope_db: tuple[float, float] = (-6.0, 0.0)
    """of the noise's power per Hz over an octave: from brown to white"""
    noise_swing_db: float = 8.0
    """by which the noise grows and falls, up or down"""
    band_limit_chance: float = 0.3
    lowest_hz: tuple[float, float] = (80.0, 300.0)
    """where a small microphone or loudspeaker has lost 3 dB, below which it hears little"""
    highest_hz: tuple[float, float] = (4000.0, 10000.0)
    """where it has lost 3 dB, above which it hears little"""
    roll_off_db: tuple[float, float] = (6.0, 24.0)
    """an octave beyond either of them"""
    agc_chance: float = 0.3
    agc_ratio: tuple[float, float] = (1.5, 6.0)
    """dB of level that go in for each that comes out of an automatic gain"""
    agc_s: tuple[float, float] = (0.1, 2.0)
    """time constant in which it follows the level"""
