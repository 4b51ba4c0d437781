"""What a lossy codec leaves: MP3 at low bit rates, encoded and decoded in memory by libsndfile."""

import io

import numpy as np
import soundfile
import soxr

from genred_train.augment.audio import Samples

_DELAY = 1105
"""samples by which LAME and the decoder come late where no header tells it: 576 + 529"""

_RATES_KBPS = {
    8000: (8, 64), 11025: (8, 64), 12000: (8, 64),
    16000: (8, 160), 22050: (8, 160), 24000: (8, 160),
    32000: (32, 320), 44100: (32, 320), 48000: (32, 320),
}  # fmt: skip
"""sample rates of MP3 (2.5, 2 and 1), with the least and most bits of each"""


def mp3(samples: Samples, sample_rate: int, *, bit_rate_kbps: int) -> Samples:
    """Encode and decode mono samples (n,) at a constant bit rate; returns (n,), in time.

    A sample rate that MP3 has not is resampled to the next one, there and back. LAME lowers the
    level by 0.4 dB, as it does in every MP3 of its making.
    """
    coded_rate = next((rate for rate in _RATES_KBPS if rate >= sample_rate), max(_RATES_KBPS))
    # Louder than full scale would clip in the encoder, and that is not the codec's doing.
    peak = max(1.0, float(np.abs(samples).max(initial=0.0)))
    given = _resampled(samples / np.float32(peak), sample_rate, coded_rate)
    decoded = _decoded(_encoded(given, coded_rate, bit_rate_kbps))
    # With few bits to a frame there is none left to tell the delay, and nothing is cut away.
    late = _DELAY if decoded.size != given.size else 0
    sound = _resampled(decoded[late : late + given.size], coded_rate, sample_rate)
    whole = np.zeros_like(samples)
    whole[: sound.size] = sound[: whole.size] * np.float32(peak)
    return whole


def _encoded(samples: Samples, sample_rate: int, bit_rate_kbps: int) -> io.BytesIO:
    least, most = _RATES_KBPS[sample_rate]
    # libsndfile takes a share from most to least, and refuses the very least.
    share = np.clip((most - bit_rate_kbps) / (most - least), 0.0, 0.99)
    file = io.BytesIO()
    soundfile.write(
        file,
        samples,
        sample_rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=float(share),
    )
    file.seek(0)
    return file


def _decoded(file: io.BytesIO) -> Samples:
    return np.asarray(soundfile.read(file, dtype="float32")[0], np.float32)


def _resampled(samples: Samples, sample_rate: int, target_rate: int) -> Samples:
    if sample_rate == target_rate:
        return samples
    return np.asarray(soxr.resample(samples, sample_rate, target_rate), np.float32)
