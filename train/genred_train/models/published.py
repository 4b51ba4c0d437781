"""Networks that others published, at their own shapes, and the same for the daemon's frames.

Four student projects and an article; `figure` is what each of them measured, always on segments
split at random.
"""

from dataclasses import replace

from genred.features.spec import FeatureSpec
from genred_train.models import plans
from genred_train.models.named_model import NamedModel, planned
from genred_train.models.plan import Plan

# Predictions each half second or so, whatever the hop.
_HOP_512_INTERVAL = 22
_HOP_512_INTERVAL_44100 = 43

MFCC_13 = FeatureSpec(
    hop_length=512, n_mfcc=13, window_frames=130, interval_frames=_HOP_512_INTERVAL
)
"""3 s: a tenth of a GTZAN clip"""
MFCC_40 = FeatureSpec(
    hop_length=512, n_mfcc=40, window_frames=217, interval_frames=_HOP_512_INTERVAL
)
"""5 s"""
MEL_44100 = FeatureSpec(
    sample_rate=44100,
    fmax=22050.0,
    hop_length=512,
    kind="logmel",
    window_frames=288,
    interval_frames=_HOP_512_INTERVAL_44100,
)
"""a third of 10 s"""
MFCC_13_44100 = FeatureSpec(
    sample_rate=44100,
    fmax=22050.0,
    hop_length=512,
    n_mfcc=13,
    window_frames=288,
    interval_frames=_HOP_512_INTERVAL_44100,
)

CNN_48_32_16 = NamedModel(
    name="cnn-48-32-16",
    summary="small, on 13 MFCC",
    features=MFCC_13,
    build=planned(plans.CNN_48_32_16),
    layers=plans.CNN_48_32_16.words(),
    parameters=25_162,
    labels=10,
    learning_rate=1e-4,
    batch_size=32,
    epochs=50,
    figure="73.15 % of GTZAN segments",
)
CNN_32_32_32 = NamedModel(
    name="cnn-32-32-32",
    summary="small, on 13 MFCC, with a wider dense layer",
    features=MFCC_13,
    build=planned(plans.CNN_32_32_32),
    layers=plans.CNN_32_32_32.words(),
    parameters=45_514,
    labels=10,
    learning_rate=1e-4,
    batch_size=32,
    epochs=50,
    figure="77.72 % of GTZAN segments, windows overlapping by half",
)
CNN_8_TO_128 = NamedModel(
    name="cnn-8-16-32-64-128",
    summary="five convolutions on mel spectrograms, several genres at once",
    features=MEL_44100,
    build=planned(plans.CNN_8_TO_128),
    layers=plans.CNN_8_TO_128.words(),
    parameters=199_598,
    labels=14,
    head="sigmoid",
    figure="65.13 % (3 s, 14 genres, own collection)",
)
CNN_8_TO_128_MFCC = NamedModel(
    name="cnn-8-16-32-64-128-mfcc",
    summary="the same on 13 MFCC; how theirs was adjusted is not told",
    features=MFCC_13_44100,
    build=planned(plans.CNN_8_TO_128_TIME),
    layers=plans.CNN_8_TO_128_TIME.words(),
    parameters=518_574,
    labels=14,
    head="sigmoid",
    figure="31.90 % (3 s, 14 genres, own collection)",
)
CNN_3CONV_2DENSE = NamedModel(
    name="cnn-3conv-2dense",
    summary="three convolutions on 40 MFCC (after Choi et al. 2016); its widths are ours",
    features=MFCC_40,
    build=planned(plans.CNN_3CONV_2DENSE),
    layers=plans.CNN_3CONV_2DENSE.words(),
    parameters=1_322_499,
    labels=3,
    figure="86 % of three genres of Homburg's set",
)


def _at_914(model: NamedModel, parameters: int, plan: Plan | None = None) -> NamedModel:
    """Make the variant for the daemon's own frames: hop 914, 72 of them, 3 s at 22,050 Hz."""
    ours = FeatureSpec(kind=model.features.kind, n_mfcc=model.features.n_mfcc)
    summary = f"{model.name} for the daemon's own frames"
    variant = replace(
        model, name=f"{model.name}-72", summary=summary, features=ours, parameters=parameters,
        figure="",
    )  # fmt: skip
    if plan is None:
        return variant
    return replace(variant, build=planned(plan), layers=plan.words())


PUBLISHED = (
    CNN_48_32_16,
    _at_914(CNN_48_32_16, 21_578),
    CNN_32_32_32,
    _at_914(CNN_32_32_32, 31_178),
    CNN_8_TO_128,
    _at_914(CNN_8_TO_128, 156_590, plans.CNN_8_TO_128_SAME),
    CNN_8_TO_128_MFCC,
    _at_914(CNN_8_TO_128_MFCC, 192_430),
    CNN_3CONV_2DENSE,
    _at_914(CNN_3CONV_2DENSE, 437_763),
)
