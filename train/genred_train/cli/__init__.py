"""Commands: arguments in, exit code out, errors as one line."""
