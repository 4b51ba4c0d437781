"""How every program of ours ends: an exit code, and any error in one line."""

import os
import sys

import typer

from genred.cli.style import complain
from genred.errors import GenredError, UsageError


def run_app(program: typer.Typer, name: str) -> int:  # noqa: PLR0911 - one a way to end
    """Run a typer program; say any error in one line on stderr; return the exit code."""
    if "--debug" in sys.argv:
        program()
    try:
        program()
    except UsageError as error:
        return _failed(name, error, 2)
    except GenredError as error:
        return _failed(name, error, 1)
    except BrokenPipeError:
        # Whoever read us has had enough; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(name, GenredError(f"{where}{error.strerror or error}"), 1)
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:  # noqa: BLE001 - the top: one line for what nobody foresaw
        what = f"{type(error).__name__}: {error} (traceback: {name} --debug ...)"
        text = f"internal error, please report it: {what}"
        return _failed(name, GenredError(text), 1)
    return 0


def _failed(name: str, error: GenredError, code: int) -> int:
    complain(error, name)
    return code
