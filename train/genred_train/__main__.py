"""`python -m genred_train` is `genred-train`."""

from genred_train.cli.entry import run

run()
