"""A study as Markdown: scores, collections, kinds."""

from collections.abc import Iterator

from genred.model.metadata import Figure
from genred_train.rejection.study import Study


def table(found: Study) -> str:
    """Return what was tried and what came of it."""
    return "\n".join([*_scores(found), "", *_passes(found), "", *_kinds(found)])


def _scores(found: Study) -> Iterator[str]:
    yield f"`{found.name}`, {100 * found.passing:g} % of tracks that fit to pass:"
    yield ""
    yield "| score | area, windows | tracks | tracks pass | rejected | windows pass | rejected |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for own in found.scores:
        figures = (own.passes, own.rejects, own.window_passes, own.window_rejects)
        name = f"**{own.score}**" if own.score == found.rejection.score else own.score
        shares = " | ".join(map(str, figures))
        yield f"| {name} | {own.area:.3f} | {own.track_area:.3f} | {shares} |"


def _passes(found: Study) -> Iterator[str]:
    yield "| music | tracks pass |"
    yield "| --- | --- |"
    yield from (f"| {name} | {share} |" for name, share in found.passes.items())


def _kinds(found: Study) -> Iterator[str]:
    yield "| kind | tracks rejected | nothing of the kind fitted on |"
    yield "| --- | --- | --- |"
    for kind, own in found.kinds.items():
        yield f"| {kind} | {own.rejects} | {_or_not(own.new)} |"
    if found.new is not None:
        whole = next(own for own in found.scores if own.score == found.rejection.score)
        beside = f" ({found.new_passes} of music passes)"
        yield f"| all | {whole.rejects} | {found.new}{beside} |"


def _or_not(share: Figure | None) -> str:
    return "" if share is None else str(share)
