"""Draw docs/listen.svg: what `genred listen` shows of the demo recording at one moment."""

import argparse
import io
from pathlib import Path

import msgspec
from rich.console import Console
from rich.terminal_theme import MONOKAI

from genred.audio.file import FileSource
from genred.cli.view import View
from genred.events import EVENT_OF, CaptureRecord, Event, Record, StatusRecord
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.pipeline import Pipeline

HERE = Path(__file__).parent
# rich's own frame fetches a font from the web; any monospaced one will do.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}"
height="{terminal_height}" /></clipPath>{lines}</defs>
<rect fill="#0c0c0c" width="{width}" height="{height}" rx="8" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Run the pipeline up to a moment and save the view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=float, default=30.0, help="seconds into the recording")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "docs" / "listen.svg")
    arguments = parser.parse_args()
    model = Classifier(load_model("base"))
    pipeline, view = Pipeline(model), View([])
    rate = model.metadata.features.sample_rate
    with FileSource(HERE / "genred-demo.ogg", rate) as source:
        playing = CaptureRecord(
            audio_time=0.0, state="capturing", reason="playing", source=source.name
        )
        status = StatusRecord(
            audio_time=0.0,
            capture="capturing",
            uptime_s=0.0,
            model=f"{model.metadata.name} {model.metadata.version}",
            interval_s=1.0,
            last_seq={},
        )
        records: list[Record] = [playing, status]
        for block in source:
            records += pipeline.push(block)
            if pipeline.audio_time >= arguments.at:
                break
    for record in records:
        view.take(_event(record))
    console = Console(record=True, width=72, file=io.StringIO(), force_terminal=True)
    console.print(view)
    console.save_svg(
        str(arguments.out), title="genred listen", theme=MONOKAI, code_format=FRAME, unique_id="g"
    )


def _event(record: Record) -> Event:
    """Give a record an envelope, as the publisher would."""
    made = EVENT_OF[type(record)]
    return made(stream="demo", session="picture", seq=0, time=0.0, **msgspec.structs.asdict(record))


if __name__ == "__main__":
    main()
