"""An evaluation as a page (report.html, with its pictures in it) and as data (report.json).

The page needs nothing beside itself: no script, no network. The same report gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from genred.model.metadata import Figure
from genred_train.evaluation.clips import Report
from genred_train.evaluation.quantization import AgainstFloat
from genred_train.evaluation.several import LabelFigures, SeveralFigures
from genred_train.evaluation.streams import LiveFigures
from genred_train.evaluation.whole_files import write_whole
from genred_train.plots.report_pictures import inline_svg, pictures

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #222; --faint: #666; --line: #ddd; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --ink: #e4e4e4; --faint: #a5a5a5; --line: #3a3d41; } }
body { background: var(--ground); color: var(--ink); max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left;
  vertical-align: top; }
th { color: var(--faint); font-weight: normal; }
code { font-size: .85em; overflow-wrap: anywhere; }
p.doubt { border-left: .3rem solid currentColor; padding-left: .7rem; font-weight: bold; }
p.note, figcaption { color: var(--faint); font-size: .9rem; }
figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
"""

_CAPTIONS = {
    "genres": "Recall: share of a genre's tracks that were said to be of it. Precision: share of "
    "what was said to be of it that is.",
    "confusion": "Tracks. Rows are what they are, columns what was said; a cell is as strong as "
    "its share of the row.",
    "calibration": "Above: how often windows are right, by what they claim. Below: how many "
    "windows claim so much.",
    "roc": "Share of its tracks that a label finds, as its threshold is lowered and more of the "
    "other tracks come in.",
}


def write_report(folder: Path, report: Report) -> None:
    """Write report.html and report.json, whole; raises GenredError where they can't be."""
    data = msgspec.json.format(msgspec.json.encode(report), indent=1)
    drawn = page(report).encode()
    write_whole({folder / "report.html": drawn, folder / "report.json": data + b"\n"})


def page(report: Report) -> str:
    """Return the page."""
    drawn = {
        name: f"<figure>{inline_svg(name, picture)}"
        f"<figcaption>{_CAPTIONS[name]}</figcaption></figure>"
        for name, picture in pictures(report).items()
    }
    title = escape(f"{Path(report.model).name} on {report.data}")
    sections = [
        f"<h1>{title}</h1>",
        *(f'<p class="doubt">{escape(doubt)}</p>' for doubt in report.doubts),
        _headline(report),
        _notes(report),
        "<h2>By genre</h2>",
        drawn["genres"],
        _genres(report),
        "<h2>What is taken for what</h2>",
        drawn["confusion"],
        "<h2>Whether it knows how sure it may be</h2>",
        drawn["calibration"],
        f"<p>Expected calibration error of windows, 15 bins: {report.calibration_error:.3f}</p>",
        *_several(report.several, drawn.get("roc", "")),
        *_float(report.against_float),
        *_streams(report.streams),
        "<h2>How this was made</h2>",
        _made(report),
        _rules(report.interval_frames),
    ]
    body = "\n".join(section for section in sections if section)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _rules(interval_frames: int) -> str:
    return f"""<p class="note">Windows start at a track's frames 0, {interval_frames},
{2 * interval_frames} ...; a window is right if its most probable label is the track's, a track if
the mean of its windows' calibrated probabilities is highest for its label. All labels of the model
compete. Intervals are 95 % of 2,000 bootstrap draws over tracks; where all draws agree, as when all
or none are right, Wilson's over tracks. F1 of a genre is the harmonic mean of its precision and
recall; their mean over the genres of the data is macro F1.</p>"""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay cells out; whoever calls has escaped what people wrote."""
    head = "".join(f"<th>{cell}</th>" for cell in header)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    top = f"<tr>{head}</tr>\n" if header else ""
    return f'<div class="wide"><table>\n{top}{lines}\n</table></div>'


def _headline(report: Report) -> str:
    rows = [("right, by track", str(report.track_accuracy))]
    if report.top2_accuracy is not UNSET:
        rows.append(("among the two most probable", str(report.top2_accuracy)))
    rows.append(("right, by window", str(report.window_accuracy)))
    rows.append(("macro F1, by track", str(report.macro_f1)))
    rows.append(("measured", f"{report.tracks} tracks in {report.clips} clips"))
    return _table((), rows)


def _notes(report: Report) -> str:
    notes = [
        f"{escape(genre)}: {clips} clips, no label of the model fits: errors, all of them."
        for genre, clips in report.not_in_model.items()
    ]
    if report.too_short:
        notes.append(
            f"{len(report.too_short)} clips are shorter than a window; their frames were repeated "
            f"to fill one, as the daemon does: {escape(', '.join(report.too_short))}."
        )
    notes += [
        f"Left out of every figure: {escape(name)} ({escape(why)})."
        for name, why in report.unreadable.items()
    ]
    return "\n".join(f"<p>{note}</p>" for note in notes)


def _genres(report: Report) -> str:
    rows = [
        (
            escape(name),
            str(found.tracks),
            str(found.said),
            _span(found.recall),
            _span(found.precision),
            _span(found.f1),
        )
        for name, found in report.genres.items()
    ]
    header = ("genre", "tracks", "said", "recall", "precision", "F1")
    return _table(header, rows)


def _several(found: SeveralFigures | UnsetType, drawn: str) -> list[str]:
    if found is UNSET:
        return []
    rows = [("mean average precision", str(found.mean_average_precision))]
    rows += [
        (name, f"{value:.3f}" if isinstance(value, float) else str(value))
        for name, value in (
            ("mean area under the ROC curve", found.mean_auc),
            ("macro F1 at the thresholds", found.macro_f1),
            ("micro F1 at the thresholds", found.micro_f1),
            ("labels in common with the track's", found.example_accuracy),
            ("exactly the track's labels", found.exact_match),
        )
        if value is not UNSET
    ]
    labels = [(escape(name), *_label(label)) for name, label in found.labels.items()]
    header = ("label", "tracks", "area", "average precision", "threshold", "precision", "recall")
    return [
        "<h2>Several genres at once</h2>",
        _table((), rows),
        drawn,
        _table((*header, "F1"), labels),
    ]


def _label(found: LabelFigures) -> Sequence[str]:
    shares = (
        found.auc,
        found.average_precision,
        found.threshold,
        found.precision,
        found.recall,
        found.f1,
    )
    return [str(found.tracks), *("" if share is UNSET else f"{share:.3f}" for share in shares)]


def _float(found: AgainstFloat | UnsetType) -> list[str]:
    if found is UNSET:
        return []
    rows = [
        ("float network", f"<code>{escape(found.network)}</code>"),
        ("SHA-256 of it", f"<code>{found.network_sha256}</code>"),
        ("right, by track, in float", str(found.track_accuracy)),
        ("right, by window, in float", str(found.window_accuracy)),
        ("the same label, of windows", f"{100 * found.same_label:.1f} %"),
        ("model file minus float, by track", _points(found.track_difference)),
        ("model file minus float, by window", _points(found.window_difference)),
    ]
    note = "The same tracks are drawn for both: intervals are of the difference itself."
    return ["<h2>What quantization costs</h2>", _table((), rows), f'<p class="note">{note}</p>']


def _points(difference: Figure) -> str:
    return str(difference).replace(" %", " points")


def _streams(found: list[LiveFigures] | UnsetType) -> list[str]:
    if found is UNSET or not found:
        return []
    rows = [(name, *(_live(live, field, unit) for live in found)) for name, field, unit in _LIVE]
    kept = [row for row in rows if any(row[1:])]
    return [
        "<h2>Live, on joined pieces</h2>",
        _table(("", *(f"{live.joined_by}<br>{live.through}" for live in found)), kept),
        _LIVE_RULES,
    ]


_LIVE_RULES = """<p class="note">Seconds of audio. Played through the pipeline, a change counts as
told when the block of sound that shows it is in; delays after a fade count from its middle. A model
that says several labels at once is right while it says exactly the piece's. False
changes are those to a wrong label, or beyond the first right one, inside a piece; silence in a
piece's rests is counted apart.</p>"""

_LIVE = (
    ("hours of music", "hours", ".2f"),
    ("pieces", "pieces", "d"),
    ("changes of genre", "changes", "d"),
    ("of them noticed", "noticed_share", ".1%"),
    ("change noticed after, median (s)", "noticed_median_s", ".2f"),
    ("change noticed after, 95 % (s)", "noticed_p95_s", ".2f"),
    ("starts of music", "starts", "d"),
    ("first label after, median (s)", "first_label_median_s", ".2f"),
    ("first label after, 95 % (s)", "first_label_p95_s", ".2f"),
    ("time with what is right, after 5 s", "right_share", ".1%"),
    ("labels in common with the piece's, after 5 s", "common_share", ".1%"),
    ("false changes a minute", "false_changes_per_minute", ".2f"),
    ("false changes an hour", "false_changes_per_hour", ".1f"),
    ("silences inside pieces, an hour", "rests_per_hour", ".1f"),
    ("silences between pieces", "silences", "d"),
    ("of them told", "silence_told_share", ".1%"),
    ("silence told after, median (s)", "silence_told_median_s", ".2f"),
    ("silence told after, 95 % (s)", "silence_told_p95_s", ".2f"),
    ("silence left after, median (s)", "silence_left_median_s", ".2f"),
    ("silence left after, 95 % (s)", "silence_left_p95_s", ".2f"),
    ("calibration error of confidence", "confidence_error", ".3f"),
)


_DUE = {"noticed_": "changes", "first_label_": "starts", "silence_": "silences"}


def _live(live: LiveFigures, field: str, form: str) -> str:
    value = getattr(live, field)
    if value is not UNSET:
        return format(value, form)
    # A delay of what was due, but never came.
    due = next((count for start, count in _DUE.items() if field.startswith(start)), None)
    return "never" if due and getattr(live, due) else ""


def _span(share: Figure | UnsetType) -> str:
    if share is UNSET:
        return ""
    return f"{100 * share.value:.1f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def _made(report: Report) -> str:
    rows = [
        ("model", f"<code>{escape(report.model)}</code>"),
        ("SHA-256 of its network", f"<code>{report.model_sha256}</code>"),
        ("data", escape(report.data)),
        ("SHA-256 of the data", f"<code>{report.data_sha256}</code>"),
        ("seed", str(report.seed)),
    ]
    if report.made is not UNSET:
        made = report.made
        versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
        rows += [
            ("command", f"<code>{escape(made.command)}</code>"),
            ("git", f"<code>{escape(made.git)}</code>"),
            ("versions", escape(versions)),
            ("time", escape(made.time)),
        ]
    return _table((), rows)
