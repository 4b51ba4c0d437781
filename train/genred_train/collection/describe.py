"""From a survey to its description: all is compared and counted here, nothing read."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from genred.errors import GenredError
from genred_train.collection.description import Description, GenreFigures, cautions
from genred_train.collection.duplicates import LEAST_WORDS, Near, exact_copies, near_copies
from genred_train.collection.splits import Split, assign
from genred_train.collection.survey import Survey
from genred_train.collection.units import artist_key


def describe_survey(survey: Survey, how: Split | None = None) -> Description:
    """Draw everything together; `how` is a split to look at, None for the parts it comes with.

    Raises GenredError if it can't be split so, or if no clip could be read.
    """
    if not survey.ids:
        first = next(iter(survey.unreadable.values()), "there is none")
        raise GenredError(f"{survey.name}: none of its files can be read; the first: {first}")
    sides = assign(survey, how) if how else survey.parts
    copies = exact_copies([clip.digest for clip in survey.heard], survey.tracks)
    near = _near(survey)
    genres = _genres(survey)
    found = Description(
        name=survey.name,
        clips=len(survey.ids),
        tracks=len(set(survey.tracks)),
        hours=sum(clip.length_s for clip in survey.heard) / 3600,
        genres=genres,
        imbalance=max(one.clips for one in genres) / min(n for one in genres if (n := one.clips)),
        parts={part: n for part, n in sorted(Counter(sides).items()) if part},
        split="" if not any(sides) else how.kind if how else "parts",
        unreadable=survey.unreadable,
        exact=[[survey.ids[clip] for clip in group] for group in copies],
        near=near,
        artists_on_both_sides=_shared_artists(survey, sides),
        copies_on_both_sides=[],
        warnings=[],
        not_told=_not_told(survey, divided=any(sides)),
    )
    side_of = dict(zip(survey.ids, sides, strict=True)) if sides else {}
    across = [group for group in found.copies() if _on_several(map(side_of.get, group))]
    whole = msgspec.structs.replace(found, copies_on_both_sides=across)
    return msgspec.structs.replace(whole, warnings=cautions(whole, _contradicted(survey, whole)))


def _near(survey: Survey) -> list[Near]:
    """Pairs that are not exact copies already."""
    prints = [clip.fingerprint for clip in survey.heard]
    return [
        Near(
            first=survey.ids[first],
            second=survey.ids[second],
            agreement=round(agreement, 3),
            offset_s=round(offset_s, 1),
        )
        for first, second, agreement, offset_s in near_copies(prints, survey.tracks)
        if survey.heard[first].digest != survey.heard[second].digest
    ]


def _genres(survey: Survey) -> list[GenreFigures]:
    columns = zip(survey.genres, survey.targets.T, strict=True)
    return [_figures(survey, genre, np.flatnonzero(column).tolist()) for genre, column in columns]


def _figures(survey: Survey, genre: str, clips: Sequence[int]) -> GenreFigures:
    lengths_s = [survey.heard[clip].length_s for clip in clips] or [0.0]
    rates = Counter(survey.heard[clip].sample_rate for clip in clips)
    return GenreFigures(
        genre=genre,
        clips=len(clips),
        tracks=len({survey.tracks[clip] for clip in clips}),
        artists=len({key for clip in clips if (key := _artist(survey, clip))}),
        hours=sum(lengths_s) / 3600,
        shortest_s=min(lengths_s),
        median_s=float(np.median(lengths_s)),
        longest_s=max(lengths_s),
        sample_rates={str(rate): n for rate, n in sorted(rates.items(), key=str) if rate},
    )


def _artist(survey: Survey, clip: int) -> str:
    return artist_key(survey.artists[clip]) if survey.artists else ""


def _shared_artists(survey: Survey, sides: Sequence[str]) -> list[str]:
    """Artists with tracks on more than one side, as they are first written."""
    sides_of: dict[str, set[str]] = {}
    written: dict[str, str] = {}
    for clip, side in enumerate(sides):
        key = _artist(survey, clip)
        if key and side:
            sides_of.setdefault(key, set()).add(side)
            written.setdefault(key, survey.artists[clip])
    return sorted(written[key] for key, found in sides_of.items() if len(found) > 1)


def _on_several(sides: Iterable[str | None]) -> bool:
    return len({side for side in sides if side}) > 1


def _contradicted(survey: Survey, found: Description) -> list[list[str]]:
    """Return the groups of copies whose labels differ."""
    labels = {
        clip: target.tobytes() for clip, target in zip(survey.ids, survey.targets, strict=True)
    }
    return [group for group in found.copies() if len({labels[clip] for clip in group}) > 1]


def _not_told(survey: Survey, *, divided: bool) -> list[str]:
    said = []
    if not survey.is_audio:
        said.append("sample rates and unreadable files: these are mel bands, no audio")
    if not survey.artists:
        said.append("artists: none is named (a manifest has a column for them)")
    if not divided:
        said.append("parts: none is named (--split KIND shows how a split would do)")
    short = sum(len(clip.fingerprint) < LEAST_WORDS for clip in survey.heard)
    if short:
        said.append(f"near duplicates of {short} clips too short for it")
    return said
