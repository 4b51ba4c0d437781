"""Checks neither hang nor raise."""

import threading

from genred.doctor.check import Check, State, ok, sure
from genred.errors import GenredError


def raising(error: Exception) -> list[Check]:
    raise error


def test_what_is_found_is_passed_on() -> None:
    assert sure("x", lambda: [ok("a", "1"), ok("b", "2")]) == [ok("a", "1"), ok("b", "2")]


def test_nothing_to_say_is_no_fault() -> None:
    assert sure("x", list) == []


def test_an_error_is_a_cross_in_one_line() -> None:
    (known,) = sure("x", lambda: raising(GenredError("no\nmodel")))
    assert (known.state, known.detail) == (State.BAD, "no model")
    (unforeseen,) = sure("x", lambda: raising(ZeroDivisionError("by\nzero")))
    assert (unforeseen.state, unforeseen.detail) == (State.BAD, "ZeroDivisionError: by zero")


def test_a_check_that_hangs_is_a_cross() -> None:
    never = threading.Event()
    (late,) = sure("x", lambda: [ok("x", str(never.wait(60)))], limit_s=0.05)
    never.set()
    assert (late.state, late.detail) == (State.BAD, "no result after 0.05 s")
