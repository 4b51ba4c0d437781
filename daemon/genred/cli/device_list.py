"""Devices on a terminal: the name whole in a line of its own, below it what is known of it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from genred.audio.devices import Device, Kind, Reading
from genred.cli.style import bar

_BAR = 20
_DARK_DBFS = -60.0  # where the bar begins: what the silence gate lets through
_TITLES = {Kind.INPUT: "inputs", Kind.LOOPBACK: "loopbacks: what the computer plays"}


class Row(NamedTuple):
    """A device and what it gave."""

    device: Device
    reading: Reading


class DeviceList:
    """All of them, by kind; a terminal folds what is too long for it, nothing is cut."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def lines(self, *, dense: bool = False) -> Iterator[Text]:
        """Yield them line by line; `dense` leaves out what can be done without."""
        for kind, title in _TITLES.items():
            rows = [row for row in self._rows if row.device.kind is kind]
            if rows:
                yield Text(title, "underline")
            for row in rows:
                yield from _shown(row, dense=dense)
                if not dense:
                    yield Text()


def _shown(row: Row, *, dense: bool) -> Iterator[Text]:
    device, (level, problem) = row
    yield _name(device)
    if not dense and device.description and not device.name.startswith(device.description):
        yield Text(f"    {device.description}", "dim", overflow="fold")
    known = Text("    ")
    known.append("" if level is None else bar(1 - level / _DARK_DBFS, _BAR), "green")
    # The bar's place stays where there is none, so that columns are columns.
    known.append("".ljust(_BAR if level is None else 0))
    known.append(" " * 11 if level is None else f"  {level:4.0f} dBFS")
    known.append(f"  {device.sample_rate:6d} Hz  {device.channels:2d} ch  {device.backend}")
    yield known
    if problem:
        yield Text(f"    {problem}", "red", overflow="fold")


def _name(device: Device) -> Text:
    text = Text("  ", overflow="fold").append(device.name, "bold")
    if device.words:
        text.append(f"  ◀ {', '.join(device.words)}", "green")
    return text
