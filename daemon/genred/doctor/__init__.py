"""What is in order on this machine and what is not: checks that only look, each with its mend."""
