"""The daemon's own pipeline over joined recordings: what a listener in the room would notice."""

import msgspec

from genred.audio.source import Block
from genred.errors import GenredError
from genred.events import UNKNOWN, GenreRecord
from genred.parameters import Tracking
from genred.pipeline import Model, Pipeline, StreamRecord
from genred_train.evaluation.calibration import Announced
from genred_train.evaluation.joining import Joined
from genred_train.evaluation.streams import LiveFigures, confidence, figures, quantile
from genred_train.evaluation.timeline import Change, Counts, Delays, Piece, compare

THROUGH = "pipeline over audio"


def played(model: Model, joined: Joined, tracking: Tracking | None = None) -> LiveFigures:
    """Play a stream through the pipeline and compare what is announced with what plays.

    A change is told when the block that shows it is in: what a live daemon adds to that is the time
    of its arithmetic. Raises GenredError if nothing of the stream can be heard.
    """
    pipeline = Pipeline(model, tracking)
    changes: list[Change] = []
    sure = Announced()
    for samples in joined:
        records = pipeline.push(Block(samples))
        changes += told(records, pipeline.audio_time, model.metadata.lag_s)
        count_claims(sure, records, pipeline.announced, joined.pieces)
    changes += told(pipeline.flush(), pipeline.audio_time, model.metadata.lag_s)
    if not joined.pieces:
        reasons = [*joined.unreadable.values(), "no file is there"]
        raise GenredError(f"nothing to play: {reasons[0]}")
    delays, counts = compare(joined.pieces, changes)
    found = figures(joined.pieces, changes, delays, counts)
    named = msgspec.structs.replace(found, through=THROUGH, joined_by=str(joined.join))
    return with_silences(named, delays, counts, sure)


def told(records: list[StreamRecord], now_s: float, lag_s: float) -> list[Change]:
    """Take the changes out of what the pipeline recorded, as told now."""
    return [
        Change(
            time_s=now_s,
            label=record.genre,
            overtook_s=record.onset + lag_s,
            genres=tuple(record.genres or ()),
        )
        for record in records
        if isinstance(record, GenreRecord)
    ]


def count_claims(
    sure: Announced, records: list[StreamRecord], announced: str, pieces: list[Piece]
) -> None:
    """Count how sure the announced label is at each prediction inside a piece."""
    for record in records:
        if isinstance(record, GenreRecord) or announced == UNKNOWN:
            continue
        begun = [
            place for place, piece in enumerate(pieces) if piece.changes_s <= record.audio_time
        ]
        if begun and record.audio_time < (piece := pieces[begun[-1]]).ends_s:
            right = announced in piece.labels
            sure.add(begun[-1], record.probabilities, announced, right=right)


def with_silences(
    found: LiveFigures, delays: Delays, counts: Counts, sure: Announced
) -> LiveFigures:
    """Add what only the pipeline can do: tell silence, and how sure it is."""
    always = {
        "rests_per_hour": counts.rests / found.hours,
        **confidence(sure),
    }
    if not counts.silences:
        return msgspec.structs.replace(found, **always)
    delay = {
        f"silence_{name}_{place}": quantile(values, share)
        for name, values in (("told", delays.told), ("left", delays.left))
        for place, share in (("median_s", 0.5), ("p95_s", 0.95))
    }
    return msgspec.structs.replace(
        found,
        silences=counts.silences,
        silence_told_share=len(delays.told) / counts.silences,
        **always,
        **delay,
    )
