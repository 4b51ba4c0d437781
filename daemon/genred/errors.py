"""Errors that a person reads: one line saying what was wrong, where, and what to do."""


class GenredError(Exception):
    """Something failed; the message is one line. A command ends with exit code 1."""


class UsageError(GenredError):
    """Something was asked for wrongly. A command ends with exit code 2."""
