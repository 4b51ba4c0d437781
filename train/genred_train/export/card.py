"""The model card: what a model is, what it can do, and what it can't, in Markdown."""

from pathlib import Path

from genred_train.evaluation.clips import Report
from genred_train.export.export import Exported


def write_card(path: Path, made: Exported, export_command: str) -> None:
    """Write the card of a model from what was measured of it; nothing else gets in."""
    path.write_text(card(made, export_command), encoding="utf-8")


def card(made: Exported, export_command: str) -> str:
    """Return the card's text."""
    metadata, report, live = made.metadata, made.report, made.live
    training = metadata.training
    used = "\n".join(
        f"| {use.name} | {use.split} | {use.clips} | {use.hours:.2f} | `{use.digest[:16]}` |"
        for use in training.data
    )
    float_share = metadata.accuracy.float_window if metadata.accuracy else 0.0
    return f"""# {metadata.name} {metadata.version}

Hears {metadata.features.window_samples / metadata.features.sample_rate:.1f} s of sound as
{metadata.features.n_coefficients} MFCC a frame and says which of {len(metadata.labels)} genres it
is: {", ".join(metadata.labels)}. int8 in and out; licence {metadata.licence}.
SHA-256 of the network: `{metadata.model_sha256}`.

## Where it falls short

- The figures below are of the part that the best epoch and the temperature were chosen by, so they
  flatter a little. No figure of unseen clips is claimed here.
- It was fitted on thirty-second clips of ten genres recorded before 2002. Other music gets the
  label that it is least unlike: it has no label for electronic music, folk, or anything else, and
  it was never taught what is not music. `unknown` comes from low posteriors alone.
- It has not been measured through a room and a microphone.

## Figures on `{report.data}` (int8, through the daemon's own model class)

| | |
| --- | --- |
| by track | {report.track_accuracy} |
| by window of 3 s | {report.window_accuracy} |
| the same before quantization, by window | {100 * float_share:.1f} % |
| expected calibration error of windows | {report.calibration_error:.3f} |
{_gains(made.gains)}

Intervals: bootstrap over tracks, 2,000 draws, 95 %. All labels compete.

| genre | recall by track |
| --- | --- |
{chr(10).join(f"| {genre} | {100 * share:.0f} % |" for genre, share in report.recall.items())}

Tracks: rows are what they are, columns what was said.

{_confusion(report)}

{_elsewhere(made.elsewhere)}## Live, on the same clips joined with hard cuts ({live.hours:.1f} h)

| | |
| --- | --- |
| right label announced after a cut | median {live.noticed_median_s:.1f} s, 95 % within \
{live.noticed_p95_s:.1f} s, of the {100 * live.noticed_share:.0f} % of cuts where it came |
| time with the right label, after the first 5 s of a piece | {100 * live.right_share:.1f} % |
| false changes inside a piece | {live.false_changes_per_hour:.0f} an hour |
| lag that `onset` is put back by | {metadata.lag_s:.2f} s |

## Data

| file | part | clips | hours | SHA-256 |
| --- | --- | --- | --- | --- |
{used}

GTZAN's fault-filtered parts (Kereliuk, Sturm, Larsen 2015; the collection: Tzanetakis and Cook
2002). The recordings are not shipped.

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


def _gains(gains: dict[float, float]) -> str:
    return "\n".join(
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

| clips | by track | by window | of genres that it has no label for: errors, all of them |
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
