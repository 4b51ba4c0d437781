"""Replay of a file: how many seconds of audio a second of CPU gets through."""

import statistics
from pathlib import Path

import numpy as np
from timing import compare, goal

from genred.audio.file import FileSource
from genred.audio.source import BLOCK_S, Block
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.pipeline import Pipeline
from genred.recording import classify


def run(path: Path, rounds: int) -> None:
    """Measure the pipeline with and without decoding and resampling."""
    model = Classifier(load_model("base"))
    rate = model.metadata.features.sample_rate
    with FileSource(path, rate) as source:
        samples = np.concatenate([block.samples for block in source])
    step = round(BLOCK_S * rate)
    blocks = [Block(samples[start : start + step]) for start in range(0, samples.size, step)]

    def replay() -> None:
        pipeline = Pipeline(model)
        for block in blocks:
            pipeline.push(block)

    spent = compare(
        {"samples to records": replay, "file to records": lambda: classify(path, model)}, rounds
    )
    seconds = samples.size / rate
    print(f"\nreplay of {path.name}, {seconds:.0f} s, genred-base")
    bounds = {"samples to records": 600.0, "file to records": 400.0}
    for name, used in spent.items():
        speeds = [seconds / each for each in used]
        print(
            f"  {name:<44} {statistics.median(speeds):9.0f} x real time"
            f"  ({min(speeds):.0f} to {max(speeds):.0f})"
        )
        goal(name, statistics.median(speeds), bounds[name], "x real time", at_least=True)
