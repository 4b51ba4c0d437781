"""Why figures may be better than a model is on other music, as far as it can be known."""

from collections.abc import Sequence

from genred.model.metadata import DataUse

LEAKY = (
    "Its split put segments of the same recordings on both sides: these figures are not true of "
    "other music."
)
REJECTION = "rejection fitted on"
_USED = {
    "fitted on": "These are the clips that it was fitted on: what it knows by heart.",
    REJECTION: "These are clips that its rejection was fitted on: what passes flatters.",
    "chosen by": "These are the clips that its best epoch was chosen by: the figures flatter.",
}


def leaky(uses: Sequence[DataUse]) -> bool:
    """Tell whether a model's clips were split by segment: their names say so."""
    return any("(leaky)" in use.name for use in uses)


def doubts(uses: Sequence[DataUse], data_sha256: str) -> list[str]:
    """Say what speaks against figures on clips, of a model that was made with the help of some."""
    own = [use.split for use in uses if use.digest == data_sha256]
    told = [_USED[split] for split in _USED if split in own]
    return [LEAKY, *told] if leaky(uses) else told
