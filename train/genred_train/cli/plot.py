"""`genred-train plot`: a recording, or what augmentation makes of it, as a picture."""

import importlib.util
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from genred.cli.options import DEFAULT_MODEL, Model
from genred.errors import GenredError, UsageError
from genred.model.classifier import Classifier
from genred.model.shipped import load_model

_BESIDE = "recording"


class _FileFirst(TyperGroup):
    """`plot FILE` means `plot recording FILE`, wherever its options stand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [_BESIDE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_FileFirst,
    no_args_is_help=True,
    help="Draw a recording: plot FILE, or what augmentation makes of it: plot augment FILE.",
)

# Not typer's to check: the daemon's reader says in one line what is wrong with a file.
File = Annotated[Path, typer.Argument(help="A sound file.", readable=False)]
Out = Annotated[Path, typer.Option(help="Picture to write: .png or .svg.")]
Start = Annotated[float, typer.Option(min=0.0, help="Where in the file to begin, seconds.")]
Length = Annotated[
    float | None,
    typer.Option(min=0.0, help="Seconds from there.", show_default="to the end, at most 600"),
]


@app.command()
def recording(
    file: File,
    out: Out,
    model: Model = DEFAULT_MODEL,
    start: Start = 0.0,
    length: Length = None,
    only: Annotated[
        str | None, typer.Option(help="Some of the pictures: waveform,mfcc", show_default="all")
    ] = None,
) -> None:
    """Draw FILE: waveform, spectrum, spectrograms, chroma, MFCC, and what a model hears in it."""
    _need_libraries()

    # Imported late: a second of matplotlib and librosa that other commands need not wait for.
    from genred_train.plots.excerpt import read_excerpt  # noqa: PLC0415
    from genred_train.plots.recording import chosen_pictures, plot_recording  # noqa: PLC0415
    from genred_train.plots.style import check_out, save, styled  # noqa: PLC0415

    check_out(out)
    pictures = chosen_pictures(only)
    classifier = Classifier(load_model(model))
    excerpt = read_excerpt(file, classifier.metadata.features, start, length)
    with styled():
        save(plot_recording(excerpt, classifier, pictures), out)


@app.command()
def augment(
    file: File,
    out: Out,
    model: Model = DEFAULT_MODEL,
    start: Start = 0.0,
    length: Annotated[
        float, typer.Option(min=0.5, max=60.0, help="Seconds from there; four fifths are shown.")
    ] = 5.0,
    seed: Annotated[int, typer.Option(min=0, help="What is drawn depends on it.")] = 0,
    noises: Annotated[
        Path | None, typer.Option(help="Folder of noises to add.", show_default="made noise")
    ] = None,
    rooms: Annotated[
        Path | None,
        typer.Option(
            help="Folder of impulse responses, room_* and device_*.", show_default="made ones"
        ),
    ] = None,
) -> None:
    """Draw an excerpt of FILE in mel bands: as it is, and after each change of augmentation."""
    _need_libraries()

    # Imported late, as above.
    from genred_train.plots.augmented import plot_augmented  # noqa: PLC0415
    from genred_train.plots.excerpt import read_excerpt  # noqa: PLC0415
    from genred_train.plots.style import check_out, save, styled  # noqa: PLC0415

    check_out(out)
    spec = load_model(model).metadata.features
    excerpt = read_excerpt(file, spec, start, length)
    noise_files, room_files = _sounds("--noises", noises), _sounds("--rooms", rooms)
    with styled():
        drawn = plot_augmented(excerpt, spec, seed, noises=noise_files, rooms=room_files)
        save(drawn, out)


def _sounds(option: str, folder: Path | None) -> list[Path]:
    # Imported late, as above.
    from genred_train.features.ranges import audio_files  # noqa: PLC0415

    if folder is None:
        return []
    try:
        return audio_files([folder])
    except GenredError as error:
        raise UsageError(f"{option} {folder}: there is no sound file in it") from error


def _need_libraries() -> None:
    """Raise GenredError in a light installation."""
    for name in ("audiomentations", "librosa", "matplotlib"):
        if importlib.util.find_spec(name) is None:
            raise GenredError(f"needs {name}: install the extra, pip install 'genred[train]'")
