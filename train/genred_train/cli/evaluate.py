"""`genred-train evaluate`: a model's figures, in a light installation; the float network's too."""

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from genred.cli.options import DEFAULT_MODEL, Json
from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred_train.cli import provenance
from genred_train.cli.checks import check_use, need_tensorflow, wake_tensorflow
from genred_train.cli.figures import show
from genred_train.cli.rejecting import check_reject, check_rejects, with_noises
from genred_train.cli.through import Asked, show_through, ways
from genred_train.collection.load import load_clips
from genred_train.collection.open import open_collection
from genred_train.evaluation.clips import Report, check_labels, measured
from genred_train.evaluation.condition import KINDS
from genred_train.evaluation.joining import Join
from genred_train.evaluation.listener import Listener, listener
from genred_train.evaluation.quantization import against_float
from genred_train.evaluation.rejected import passing
from genred_train.evaluation.sources import AudioSource, ClipSource
from genred_train.evaluation.through import heard_through
from genred_train.fitting.parts import open_parts
from genred_train.fitting.run import load

_KINDS = ", ".join(KINDS)


def evaluate(  # noqa: PLR0917 - typer's way: each is an option
    data: Annotated[
        Path | None, typer.Option(help="Log-mel arrays (.npz), or a prepared folder.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(help="Recorded files: a folder a genre, or a manifest.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="A shipped model by name, or a .tflite file."),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="A run's float network, on its own validation part unless --data says."),
    ] = None,
    part: Annotated[
        str | None, typer.Option(help="Only this part of the data: train, valid or test.")
    ] = None,
    streams: Annotated[
        bool, typer.Option("--streams", help="Also live behaviour, on joined pieces.")
    ] = False,
    fade_s: Annotated[
        float, typer.Option(help="Seconds of cross-fade in streams of --audio; 0: none.", min=0)
    ] = 8.0,
    silence_s: Annotated[
        float, typer.Option(help="Seconds of silence in streams of --audio; 0: none.", min=0)
    ] = 5.0,
    through: Annotated[
        str | None, typer.Option(help=f"Hear --audio also through all, or some, of {_KINDS}.")
    ] = None,
    rooms: Annotated[
        Path | None, typer.Option(help="Of --through: impulse responses, room_* and device_*.")
    ] = None,
    noises: Annotated[
        Path | None, typer.Option(help="Of --through and --reject: noises, a folder a class.")
    ] = None,
    reject: Annotated[
        bool, typer.Option("--reject", help="Let unknown and not_music compete: what passes.")
    ] = False,
    most: Annotated[
        int | None, typer.Option(help="Of --through: at most so many rooms, devices ...", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of intervals and all that is drawn.", min=0)] = 0,
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html and report.json.")
    ] = None,
    json: Json = False,
) -> None:
    """Measure a model as the daemon would hear it: by track and by window."""
    if report is not None:
        _check_folder(report)
    if streams and run is not None and model is None:
        raise UsageError("--streams plays the daemon's pipeline: give --model too")
    if part and data is None and audio is None:
        raise UsageError("--part is of --data or --audio: give one of them")
    asked = Asked(through, rooms, noises, most)
    conditions = ways(asked, sound=audio is not None and data is None, seed=seed)
    check_reject(run, noises, reject=reject, through=through)
    own = _own(run) if run and data is None and audio is None else None
    tested = _opened(model, run, reject=reject)
    source = own or _source(data, audio, part, tested.model.features)
    check_labels(tested.model, source.name, source.genres)
    found = _measured(tested, source, seed)
    if reject and noises is not None and tested.classifier is not None:
        found = with_noises(found, tested.classifier, tested.model, noises, seed)
    if streams and tested.classifier is not None:
        joins = dict.fromkeys([Join(), Join(fade_s=fade_s), Join(silence_s=silence_s)])
        live = list(source.live(tested.classifier, list(joins), seed))
        found = msgspec.structs.replace(found, streams=live)
    if conditions and isinstance(source, AudioSource):
        files = source.files(f"hearing in {len(conditions)} ways")
        lost = heard_through(tested.model, files, conditions, seed)
        found = msgspec.structs.replace(found, through=lost)
    if report is not None:
        # Imported late: matplotlib, half a second that the figures alone do not need.
        from genred_train.plots.report import write_report  # noqa: PLC0415

        found = msgspec.structs.replace(found, made=provenance.made())
        write_report(report, found)
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        show(found)
        show_through(found.through or [])


@dataclass(frozen=True)
class _Tested:
    """What is measured, and what it is measured against."""

    model: Listener
    classifier: Classifier | None
    """the same as the daemon runs it; None of a float network"""
    network: Listener | None
    """the float network beside it"""


def _opened(model: str | None, run: Path | None, *, reject: bool = False) -> _Tested:
    if run is None:
        classifier, file = _classifier(model or DEFAULT_MODEL, reject=reject)
        return _Tested(file, classifier, None)
    need_tensorflow()
    chosen = load(run)
    opened = _classifier(model) if model else None

    wake_tensorflow()
    # Imported late: Keras, three seconds that a model file alone does not need.
    from genred_train.evaluation.network import network_listener  # noqa: PLC0415

    if opened is None:
        return _Tested(network_listener(chosen, None), None, None)
    classifier, file = opened
    network = network_listener(chosen, classifier.metadata)
    return _Tested(file, classifier, network)


def _classifier(model: str, *, reject: bool = False) -> tuple[Classifier, Listener]:
    package = load_model(model)
    classifier = Classifier(package)
    if reject:
        check_rejects(classifier)
    return classifier, listener(str(package.path), classifier, reject=reject)


def _own(run: Path) -> ClipSource:
    """Return the clips that a run's best epoch was chosen by.

    Raises UsageError if they are others by now: some of those could have been fitted on.
    """
    chosen = load(run)
    clips = open_parts(chosen.config.source, chosen.config.features).valid
    check_use(chosen, clips, "chosen by")
    return ClipSource(clips, _watch)


def _source(
    data: Path | None, audio: Path | None, part: str | None, spec: FeatureSpec
) -> ClipSource | AudioSource:
    if data is not None and audio is None:
        clips = load_clips(data, spec)
        chosen = _of_part(clips.parts, part, data) if part else range(len(clips))
        return ClipSource(clips.pick(chosen, f"{clips.name}, {part}") if part else clips, _watch)
    if audio is not None and data is None:
        collection = open_collection(audio)
        tracks = collection.tracks
        chosen = range(len(tracks))
        if part:
            chosen = _of_part([track.part for track in tracks], part, audio)
        return AudioSource(collection, [tracks[place] for place in chosen], _watch)
    raise UsageError("give either --data (arrays, prepared folder) or --audio (recordings)")


def _of_part(parts: list[str], part: str, where: Path) -> list[int]:
    """Return the places of a part; raises UsageError where nothing is of it."""
    if part not in parts:
        known = ", ".join(sorted(set(filter(None, parts)))) or "none"
        raise UsageError(f"{where}: nothing of it is of part {part} (parts: {known})")
    return [place for place, own in enumerate(parts) if own == part]


def _measured(tested: _Tested, source: ClipSource | AudioSource, seed: int) -> Report:
    heard = source.heard(tested.model)
    found = measured(tested.model, heard, seed)
    labels = tested.classifier.metadata.labels if tested.classifier else tested.model.labels
    if tested.model.labels != labels:
        rejected = passing(heard.windows, len(labels), seed)
        found = msgspec.structs.replace(found, rejected=rejected)
    if tested.network is None:
        return found
    exact = source.heard(tested.network)
    compared = against_float(tested.network, exact, tested.model, heard, seed)
    return msgspec.structs.replace(found, against_float=compared)


def _watch(things: Iterable[Any], total: int, what: str) -> Iterator[Any]:
    console = Console(stderr=True)
    yield from track(things, description=what, total=total, console=console)


def _check_folder(folder: Path) -> None:
    """Raise GenredError unless a report can be drawn and written there, before hours of work."""
    if importlib.util.find_spec("matplotlib") is None:
        raise GenredError(
            "--report needs matplotlib: install the extra, pip install 'genred[train]'"
        )
    trial = folder / ".genred-report"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise GenredError(f"--report {folder}: {error.strerror}; give another folder") from error
