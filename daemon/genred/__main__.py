"""`python -m genred` is `genred`."""

from genred.cli.main import run

run()
