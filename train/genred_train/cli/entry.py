"""Where `genred-train` begins."""

from genred.cli.entry import start


def run() -> None:
    """Begin `genred-train`."""
    start("genred_train.cli.main")
