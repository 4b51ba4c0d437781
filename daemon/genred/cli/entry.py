"""Where a program begins: Ctrl-C ends it quietly, also while its modules are being imported."""

import importlib
import signal


def start(module: str) -> None:
    """Import a module and call its `run`, which exits."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = importlib.import_module(module).run
    signal.signal(signal.SIGINT, before)
    run()


def run() -> None:
    """Begin `genred`."""
    start("genred.cli.main")
