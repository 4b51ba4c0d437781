"""Lines are written in their order by another thread, and no more of them wait than may."""

import threading

from genred.service.logs.pen import MOST_LINES, Pen
from live_fakes import WAIT_S, wait_until


class Slow:
    """Takes no line until it is let."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.let = threading.Event()
        self.asked = threading.Event()

    def write(self, line: bytes) -> None:
        self.asked.set()
        self.let.wait(WAIT_S)
        self.lines.append(line)


def missed(count: int, reason: str) -> bytes:
    return f"{count} {reason}".encode()


def test_of_more_lines_than_may_wait_the_oldest_are_left_out_and_counted() -> None:
    slow = Slow()
    with Pen(slow, "", missed) as pen:
        pen.put(b"first")
        assert slow.asked.wait(WAIT_S)
        for number in range(MOST_LINES + 5):
            pen.put(b"%d" % number)
        assert pen.left_out == 5
        slow.let.set()
        wait_until(lambda: len(slow.lines) == MOST_LINES + 2)
    assert slow.lines[:3] == [b"first", b"5 too slow", b"5"]
    assert slow.lines[-1] == b"%d" % (MOST_LINES + 4)
