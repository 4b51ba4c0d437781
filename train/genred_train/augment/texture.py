"""How uneven steady noise is in mel bands: made once, as the daemon would hear it."""

from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec

_FRAMES = 1024
_SEED = 0


def white_noise(spec: FeatureSpec, place: float, frames: int) -> NDArray[np.float32]:
    """Powers (frames, n_mels) of white noise, 1 on average in every band."""
    whole = _noise_powers(spec)
    # Longer than what was made, it is repeated: nobody hears that far back.
    start = int(place * max(1, len(whole) - frames))
    return np.resize(whole[start : start + frames], (frames, spec.n_mels))


@lru_cache(maxsize=2)
def _noise_powers(spec: FeatureSpec) -> NDArray[np.float32]:
    """Hear white noise as the daemon would: how uneven a band is depends on its width."""
    heard = msgspec.structs.replace(spec, kind="logmel", deltas=0)
    rng = np.random.default_rng(_SEED)
    size = heard.n_fft + (_FRAMES - 1) * heard.hop_length
    mfcc = StreamingMfcc(heard)
    samples = rng.standard_normal(size, np.float32)
    levels_db = np.concatenate([mfcc.push(samples), mfcc.flush()])
    powers = 10 ** (levels_db.astype(np.float64) / 10)
    return np.asarray(powers / powers.mean(axis=0), np.float32)
