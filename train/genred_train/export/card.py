"""The model card: what a model is, what it can do, and what it can't, in Markdown."""

from pathlib import Path

from msgspec import UNSET

from genred.errors import GenredError
from genred.model.metadata import DataUse, Metadata, Training
from genred_train.evaluation.clips import Report, calibration
from genred_train.evaluation.doubts import LEAKY, leaky
from genred_train.evaluation.streams import LiveFigures, against_chance
from genred_train.export.export import Exported


def write_card(path: Path, made: Exported, export_command: str, about: str = "") -> None:
    """Write the card of a model from what was measured of it, and what its maker says (`about`).

    Raises GenredError if it can't be written.
    """
    try:
        path.write_text(card(made, export_command, about), encoding="utf-8")
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; the model itself is written") from error


def card(made: Exported, export_command: str, about: str = "") -> str:
    """Return the card's text."""
    metadata, training = made.metadata, made.metadata.training
    features = metadata.features
    window_s = features.window_samples / features.sample_rate
    what = "MFCC" if features.kind == "mfcc" else "mel bands"
    fitted = [use for use in training.data if use.split == "fitted on"]
    return f"""# {metadata.name} {metadata.version}

Hears {window_s:.1f} s of sound as {features.n_coefficients} {what} a frame and says which of
{len(metadata.labels)} genres it is: {", ".join(metadata.labels)}. {_stored(metadata)}; licence
{metadata.licence}. SHA-256 of the network: `{metadata.model_sha256}`.

## Where it falls short

{_doubt(training)}\
{_honesty(made)}
- It was fitted on {sum(use.clips for use in fitted)} clips, {sum(use.hours for use in fitted):.1f}
  hours in all. Other music gets the label that it is least unlike; `unknown` comes from low
  posteriors, and what is not music gets a label too, unless a section below says what it rejects.
{about.strip()}

## Figures ({metadata.input.dtype} input, through the daemon's own model class)

{_gains(made.gains)}

Intervals: bootstrap over tracks, 2,000 draws, 95 %; Wilson's where all draws agree. All labels
compete. In tables of tracks, rows are what they are, columns what was said.

{"".join(_figures(found, metadata, window_s) for found in made.reports)}\
{_elsewhere(made.elsewhere)}{_live(made)}## Data

| file | part | clips | hours | SHA-256 |
| --- | --- | --- | --- | --- |
{chr(10).join(_use(use) for use in training.data)}

The recordings are not shipped.

## Meant for, and not

Lights, visuals, home automation, teaching: where a wrong label costs nothing. Not for paying or
refusing anybody, not for describing people by what they hear, not as a measure of music.

## Made by

```
{training.command}
{export_command}
```

git {training.git}, seed {training.seed}; \
{", ".join(f"{name} {version}" for name, version in training.versions.items())}.
"""


def _doubt(training: Training) -> str:
    return f"- **{LEAKY}**\n" if leaky(training.data) else ""


def _stored(metadata: Metadata) -> str:
    return "int8 in and out" if metadata.input.dtype == "int8" else "float32 in and out"


def _use(use: DataUse) -> str:
    hours, digest = f"{use.hours:.2f}", use.digest[:16]
    return f"| {use.name} | {use.split} | {use.clips} | {hours} | `{digest}` |"


def _honesty(made: Exported) -> str:
    """Say what the figures are worth."""
    if made.twin is not None:
        return (
            "- It was fitted on everything, so it has no figure of its own. All figures are its\n"
            "  twin's: the same recipe and labels, fitted without the clips that are measured\n"
            f"  (`{made.twin.config.command}`). Temperature (or thresholds) come from one half of\n"
            "  those by track, figures from the other, then swapped."
        )
    return (
        "- The figures below are of the part that the epoch, or the recipe, was chosen by, so\n"
        "  they flatter a little. The temperature comes from one half of its tracks, figures from\n"
        "  the other, then swapped. No figure of unseen clips is claimed here."
    )


def _figures(report: Report, metadata: Metadata, window_s: float) -> str:
    """Write what was found on one collection that is apart."""
    before = ""
    if metadata.accuracy is not None and metadata.accuracy.split == report.data:
        value = 100 * metadata.accuracy.float_window
        before = f"| the same before quantization, by window | {value:.1f} % |\n"
    return f"""### `{report.data}`

| | |
| --- | --- |
| by track | {report.track_accuracy} |
| by window of {window_s:.1f} s | {report.window_accuracy} |
{before}{_thresholds(metadata)}\
| calibration error of windows, expected | {calibration(report)} |

| genre | recall by track |
| --- | --- |
{chr(10).join(f"| {genre} | {100 * share:.0f} % |" for genre, share in report.recall.items())}

{_confusion(report)}

"""


def _thresholds(metadata: Metadata) -> str:
    thresholds = (metadata.thresholds or {}).items()
    return "".join(f"| threshold of {label} | {value:.2f} |\n" for label, value in thresholds)


def _live(made: Exported) -> str:
    live = made.live
    if live is None:
        return ""
    return f"""## Live, on the same clips joined with hard cuts ({live.hours:.1f} h)

| | |
| --- | --- |
| right label announced after a cut | {_noticed(live)} |
| time with the right label, after the first 5 s of a piece | {_right(live)} |
| false changes inside a piece | {live.false_changes_per_hour:.0f} an hour |
| calibration error of the published `confidence`, expected | {against_chance(live)} |
| lag that `onset` is put back by | {_lag(made)} |

"""


def _noticed(live: LiveFigures) -> str:
    if live.noticed_median_s is UNSET or live.noticed_p95_s is UNSET:
        return "never"
    return (
        f"median {live.noticed_median_s:.1f} s, 95 % within {live.noticed_p95_s:.1f} s, of the "
        f"{100 * live.noticed_share:.0f} % of cuts where it came"
    )


def _right(live: LiveFigures) -> str:
    return (
        "no piece lasts longer" if live.right_share is UNSET else f"{100 * live.right_share:.1f} %"
    )


def _lag(made: Exported) -> str:
    if made.live is None or made.live.overtook_median_s is None:
        return "unknown: no label ever overtook another; `onset` is not put back"
    return f"{made.metadata.lag_s:.2f} s"


def _gains(gains: dict[float, float]) -> str:
    return "| | |\n| --- | --- |\n" + "\n".join(
        f"| windows of the ranges' audio with the same label at {gain_db:+.0f} dB | "
        f"{100 * share:.1f} % |"
        for gain_db, share in gains.items()
    )


def _elsewhere(reports: list[Report]) -> str:
    if not reports:
        return ""
    rows = "".join(
        f"| {found.data} | {found.track_accuracy} | {found.window_accuracy} | {_lacking(found)} |\n"
        for found in reports
    )
    return f"""## On collections that it was not fitted on

Nor chosen by; audio of one of them may be among what the int8 ranges come from (see the command).

| clips | by track | by window | with none of its labels: errors, all of them |
| --- | --- | --- | --- |
{rows}
"""


def _lacking(report: Report) -> str:
    counts = [f"{clips} {genre}" for genre, clips in report.not_in_model.items()]
    return ", ".join(counts) or "none"


def _confusion(report: Report) -> str:
    header = "| | " + " | ".join(label[:4] for label in report.labels) + " |"
    rule = "| --- |" + " --- |" * len(report.labels)
    rows = [
        f"| {label} | " + " | ".join(str(count) if count else "" for count in row) + " |"
        for label, row in zip(report.labels, report.confusion, strict=True)
    ]
    return "\n".join([header, rule, *rows])
