"""All that is wrong with a config, also what only its model can tell."""

from collections.abc import Mapping
from pathlib import Path

from genred.cli.options import open_model
from genred.config import ConfigError, Read, read
from genred.config.fit import fit
from genred.config.problems import told
from genred.errors import GenredError
from genred.taught.opened import Wishes


def problems(file: Path | None, environment: Mapping[str, str]) -> list[str]:
    """Return what is wrong, a line each: with a file, or with what holds, and the environment."""
    try:
        return misfits(read(file, environment, {}))
    except ConfigError as error:
        return error.problems


def misfits(found: Read) -> list[str]:
    """Return what does not go with the model, a line each."""
    config = found.config
    try:
        model = open_model(config.model, Wishes(config.taught_dir, not config.taught))
        fit(found, model.metadata)
    except ConfigError as error:
        return error.problems
    except GenredError as error:
        return [told(found.place(("model", None)), str(error))]
    return []
