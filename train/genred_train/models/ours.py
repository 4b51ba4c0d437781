"""Networks of our own: all hear the daemon's own frames, through `front`."""

from genred.features.spec import FeatureSpec
from genred_train.models.named_model import NamedModel, late

RESIDUAL = NamedModel(
    name="residual",
    summary="ours: the shipped genred-base",
    features=FeatureSpec(),
    build=late("residual"),
    layers="bands; conv 40 5x3/2x1; residual blocks 64/2, 96/2, 128, 128/2 of two conv 3x3 beside "
    "a 1x1; mean and maximum; dropout 0.3; dense n",
    parameters=815_114,
    labels=10,
)
RESIDUAL_SMALL = NamedModel(
    name="residual-small",
    summary="ours: the same for a Pi Zero, under 100 kB",
    features=FeatureSpec(),
    build=late("residual", "residual_small"),
    layers="bands; conv 20 5x3/2x1; residual blocks 24/2, 32/2, 40/2; mean and maximum; dropout "
    "0.1; dense n",
    parameters=73_834,
    labels=10,
)
CRNN = NamedModel(
    name="crnn",
    summary="convolutions, then two recurrent layers (after Choi et al. 2017)",
    features=FeatureSpec(),
    build=late("crnn"),
    layers="bands; conv 32, 64, 64, 64 3x3 same, BN, ReLU, max 2x4, 2x2, 2x4, 1x4; GRU 48; GRU 48; "
    "dropout 0.3; dense n",
    parameters=140_874,
    labels=10,
)
HYBRID = NamedModel(
    name="hybrid",
    summary="classical features, computed in the network, beside convolutions",
    features=FeatureSpec(),
    build=late("hybrid"),
    layers="bands; centroid, bandwidth, roll-off, flatness and 20 MFCC, mean and deviation over "
    "time, BN, dense 32 ReLU; beside conv 32, 64, 64 3x3 same, BN, ReLU, max 2x2 twice, mean; "
    "both; dropout 0.3; dense n",
    parameters=80_106,
    labels=10,
)
MUSICNN = NamedModel(
    name="musicnn",
    summary="what is alive of MSD_musicnn (Pons, Serra 2019) on our bands: a teacher, not shipped",
    features=FeatureSpec(),
    build=late("musicnn"),
    layers="bands up to 8 kHz, BN; conv 23 5x48, 14 5x84, each twice, two bands apart, and 3 51x1, "
    "7 27x1, 17 15x1, each ReLU, BN, maximum over bands; three conv 64 5x1, ReLU, BN, the later "
    "two added to what they hear; maximum and mean of all; BN; dense 200 ReLU, BN, beside dense "
    "128 ReLU; dropout 0.3; dense n",
    parameters=277_220,
    labels=10,
    learning_rate=5e-4,
)
