"""`python -m genred` is `genred`."""

from genred.cli.entry import run

run()
