"""Small runs: a folder with a network that was hardly fitted, for what takes runs."""

from pathlib import Path

import msgspec

from clip_makers import loud_band_clips
from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.collection.clips import Clips
from genred_train.features.ranges import measure, of_clips
from genred_train.fitting.fit import fit
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import DataSource, FitParts
from genred_train.fitting.run import Run, RunConfig, start

SPEC = FeatureSpec(n_mfcc=13, window_frames=36, interval_frames=12)
QUICK = FitOptions(
    model="cnn-48-32-16-72",
    head="softmax",
    epochs=2,
    batch_size=16,
    learning_rate=3e-3,
    ema_momentum=0.0,
    judge_every=1,
    augmentation=Augmentation(changes=(), mixup_alpha=0.0, label_smoothing=0.0),
)


def begun(folder: Path, train: Clips, **changed: object) -> Run:
    """Make a run's folder as `genred-train fit` would, before the first step."""
    options = {name: value for name, value in changed.items() if hasattr(QUICK, name)}
    others = {name: value for name, value in changed.items() if name not in options}
    ranges = measure(of_clips(train, SPEC), SPEC)
    config = RunConfig(
        options=msgspec.structs.replace(QUICK, **options),
        labels=train.genres,
        features=SPEC,
        offset=ranges.offset.tolist(),
        scale=ranges.scale.tolist(),
        data=[],
        source=DataSource(train="a", valid="b"),
        audio=[],
        command="test",
        git="none",
        versions={},
    )
    return start(folder, msgspec.structs.replace(config, **others))


def fitted(folder: Path, train: Clips | None = None, **changed: object) -> Run:
    """Fit a run on clips that anything can tell apart."""
    clips = train or loud_band_clips()
    valid = loud_band_clips(seed=9, clips=6, genres=len(clips.genres))
    run = begun(folder, clips, **changed)
    fit(run, FitParts(clips, valid), verbose=0, logged=False)
    return run
