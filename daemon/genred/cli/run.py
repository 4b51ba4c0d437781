"""How every program of ours ends: an exit code, and any error in one line."""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import cast

import typer

from genred.cli.style import complain
from genred.errors import GenredError, UsageError
from genred.service.process import fill_standard_files

_MISUSE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""UsageError of the click that typer has in it, or beside it, by its version"""


def run_app(program: typer.Typer, name: str) -> int:
    """Run a typer program; say any error in one line on stderr; return the exit code."""
    _have_standard_files()
    _bear_any_text()
    if "--debug" in sys.argv:
        program()
    code = _code_of(lambda: _ran(program, name), name)
    # What Python would find out at its very end, too late for a line of ours.
    return _code_of(sys.stdout.flush, name) or code


def _have_standard_files() -> None:
    """Where stdout or stderr is closed, and so Python has none, what is written there vanishes."""
    fill_standard_files()
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def _bear_any_text() -> None:
    """Show a question mark for what a terminal's encoding lacks; it is no reason to fail."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _ran(program: typer.Typer, name: str) -> None:
    try:
        code = program(prog_name=name, standalone_mode=False)
    except _MISUSE as error:
        # Who gives no word at all is shown the help, which is no line of ours.
        if type(error).__name__ != "NoArgsIsHelpError":
            raise _in_a_line(error) from error
        code = error.exit_code
    if code:
        raise SystemExit(code)


def _in_a_line(error: typer.BadParameter) -> UsageError:
    """Say what typer says in a box, and where the right words are."""
    what = error.format_message().rstrip(".")
    return UsageError(f"{what}; see {error.ctx.command_path} --help" if error.ctx else what)


def _code_of(work: Callable[[], None], name: str) -> int:
    """Do it; return 0, or say in one line why not and return the exit code."""
    try:
        work()
    except GenredError as error:
        complain(error, name)
        return 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        _give_up_stdout()
        # Whoever read us and has had enough needs to be told nothing.
        if not isinstance(error, BrokenPipeError):
            where = f"{error.filename}: " if error.filename else ""
            complain(GenredError(f"{where}{error.strerror or error}"), name)
        return 1
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:  # noqa: BLE001 - the top: one line for what nobody foresaw
        what = f"{type(error).__name__}: {error} (traceback: {name} --debug ...)"
        complain(GenredError(f"internal error, please report it: {what}"), name)
        return 1
    return 0


def _give_up_stdout() -> None:
    """Write what still can be; let the rest vanish, or Python would complain again at its end."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
