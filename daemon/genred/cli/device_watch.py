"""Devices kept open: what comes is opened, what goes is closed, and all levels can be drawn."""

from collections.abc import Callable
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from genred.audio.devices import Device, of_server, reading_now
from genred.audio.ear import Ear
from genred.audio.soundserver import SoundServer
from genred.audio.source import Input
from genred.cli.device_list import DeviceList, Row


class Watch:
    """Ears at all devices; those of a sound server come and go with its word."""

    def __init__(
        self,
        devices: list[Device],
        server: SoundServer | None,
        listen: Callable[[Input], Ear] = Ear,
    ) -> None:
        names = {one.name for one in of_server(server.state, server)} if server else set()
        self._others = [device for device in devices if device.name not in names]
        self._server = server
        self._listen = listen
        self._devices: list[Device] = []
        self._ears: dict[str, Ear] = {}

    def look(self) -> None:
        """Open what is new, and close what has gone."""
        served = of_server(self._server.state, self._server) if self._server else []
        self._devices = served + self._others
        there = {device.name for device in self._devices}
        for name in set(self._ears) - there:
            self._ears.pop(name).close()
        for device in self._devices:
            if device.name not in self._ears:
                self._ears[device.name] = self._listen(device.chosen)

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        shown = DeviceList(self.rows())
        lines = list(shown.lines())
        if len(lines) >= console.height:
            lines = list(shown.lines(dense=True))
        yield from lines
        yield Text("Ctrl-C ends this", "dim")

    def rows(self) -> list[Row]:
        """Return what each device gives now."""
        return [
            Row(device, reading_now(self._ears[device.name]))
            for device in list(self._devices)
            if device.name in self._ears
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for ear in self._ears.values():
            ear.close()
