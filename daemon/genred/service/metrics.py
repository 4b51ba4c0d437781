"""What is measured, for Prometheus: `http://HOST:PORT/metrics`, served by threads of its own.

Only who asks for it pays for it: this module imports prometheus-client, and is imported when an
address is given. The loop only counts, into `figures.py`; the text is made when it is asked for.
"""

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import HTTPServer
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from typing import Any, Self, get_args

from prometheus_client import CollectorRegistry, MetricsHandler, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from genred import __version__
from genred.errors import GenredError, UsageError
from genred.events import TYPES, CaptureState
from genred.service.figures import KINDS, Figures, Histogram

MOST_READERS = 8
"""connections at a time; one more is closed unheard"""
READER_S = 2.0
"""a reader that says or takes nothing for so long is let go"""
_LAST_PORT = 65535
_STATES = get_args(CaptureState)


class Metrics:
    """Serves figures at `HOST:PORT`; use as a context manager. `address` is where it serves.

    Raises UsageError for an address that is none, or that other machines reach and not
    `insecure`; GenredError for one that is taken.
    """

    def __init__(
        self,
        address: str,
        figures: Callable[[], Figures],
        *,
        insecure: bool = False,
        reader_s: float = READER_S,
    ) -> None:
        host, port = _parsed(address)
        if not insecure and not _is_loopback(host):
            raise UsageError(
                f"metrics.bind {address} can be reached from other machines, and has no keys: "
                "give 127.0.0.1:9570 and let a Prometheus or a proxy on this one ask, "
                "or say --insecure"
            )
        made = {"registry": _registry(figures), "timeout": reader_s}
        handler = type("_Handler", (MetricsHandler,), made)
        self._server = _server(address, host, port, handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )

    @property
    def address(self) -> str:
        """Where it serves, a port 0 resolved."""
        host, port = self._server.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # What waits for readers is woken; else it would look up only twice a second.
        with contextlib.suppress(OSError):
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()


def exposition(figures: Figures) -> str:
    """Return all that Prometheus would read."""
    return generate_latest(_registry(lambda: figures)).decode()


def _registry(figures: Callable[[], Figures]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(figures))
    ProcessCollector(registry=registry)
    return registry


class _Told(Collector):
    """Figures as Prometheus' families, made anew each time."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Return all families; those without a value yet have no sample."""
        held = self._figures()
        own = _Families(held.stream)
        yield own.gauge(
            "genred_build_info",
            "1; what runs, by its labels.",
            {(__version__, held.model): 1.0},
            ("version", "model"),
        )
        yield own.gauge(
            "genred_genre",
            "1 for the label that is announced now; no sample while there is none.",
            {(held.genre,): 1.0} if held.genre else {},
            ("genre",),
        )
        yield own.gauge(
            "genred_confidence_ratio", "Posterior of that label, 0 to 1.", _one(held.confidence)
        )
        yield own.gauge(
            "genred_capture_state",
            "1 for the state of the capture, 0 for all others.",
            {(state,): float(state == held.capture) for state in _STATES},
            ("state",),
        )
        yield own.gauge(
            "genred_level_dbfs",
            "RMS of the newest interval, dB below full scale; no sample while nothing is heard.",
            _one(held.level_dbfs),
        )
        yield own.gauge(
            "genred_zeros_seconds",
            "How long a live input has been exactly zero.",
            _one(held.zeros_s),
        )
        yield own.gauge(
            "genred_real_time_factor",
            "Seconds of work for a second of audio, moving mean.",
            _one(held.real_time_factor),
        )
        yield own.gauge(
            "genred_subscribers", "Peers that are subscribed.", _one(float(held.subscribers))
        )
        yield own.gauge("genred_uptime_seconds", "Since the session began.", _one(held.uptime_s))
        yield own.gauge(
            "genred_last_event_timestamp_seconds",
            "When the newest event was sent, UTC; heartbeats come each second.",
            _one(held.heard_utc_s),
        )
        yield own.counter(
            "genred_audio_seconds", "Audio so far, losses included.", _one(held.audio_s)
        )
        yield own.counter("genred_lost_seconds", "Audio that was lost.", _one(held.lost_s))
        yield own.counter("genred_overruns", "Blocks that were dropped.", _one(held.overruns))
        yield own.counter("genred_genre_changes", "Changes of the label.", _one(held.changes))
        yield own.counter("genred_windows", "Inferences.", _one(held.inference_s.count))
        yield own.counter(
            "genred_events",
            "Events that were published.",
            {(kind,): float(held.events[kind]) for kind in TYPES},
            ("type",),
        )
        yield own.counter(
            "genred_losses",
            "How often the capture stopped, by the kind of its reason.",
            {(kind,): float(held.losses[kind]) for kind in KINDS},
            ("reason",),
        )
        yield own.counter(
            "genred_reconnects",
            "How often it went on after that.",
            {(kind,): float(held.reconnects[kind]) for kind in KINDS},
            ("reason",),
        )
        yield own.histogram(
            "genred_inference_seconds", "Wall time of one inference.", held.inference_s
        )
        yield own.histogram(
            "genred_latency_seconds",
            "From the capture of a window's newest sample to its prediction.",
            held.latency_s,
        )


class _Families:
    """Makes families whose every sample names the stream."""

    def __init__(self, stream: str) -> None:
        self._stream = stream

    def gauge(
        self,
        name: str,
        meaning: str,
        values: Mapping[tuple[str, ...], float],
        labels: tuple[str, ...] = (),
    ) -> Metric:
        """Make a family of what goes up and down."""
        return self._filled(GaugeMetricFamily(name, meaning, labels=self._names(labels)), values)

    def counter(
        self,
        name: str,
        meaning: str,
        values: Mapping[tuple[str, ...], float],
        labels: tuple[str, ...] = (),
    ) -> Metric:
        """Make a family of what only grows; `_total` comes to its name."""
        return self._filled(CounterMetricFamily(name, meaning, labels=self._names(labels)), values)

    def histogram(self, name: str, meaning: str, held: Histogram) -> Metric:
        """Make a family of buckets, each with all below it."""
        family = HistogramMetricFamily(name, meaning, labels=self._names(()))
        below, buckets = 0, []
        for end, count in zip((*map(str, held.ends), "+Inf"), held.counts, strict=True):
            below += count
            buckets.append((end, float(below)))
        family.add_metric([self._stream], buckets, held.total)
        return family

    def _names(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        return ("stream", *labels)

    def _filled(
        self,
        family: GaugeMetricFamily | CounterMetricFamily,
        values: Mapping[tuple[str, ...], float],
    ) -> Metric:
        for labels, value in values.items():
            family.add_metric([self._stream, *labels], value)
        return family


def _one(value: float | None) -> dict[tuple[str, ...], float]:
    return {} if value is None else {(): value}


class _Server(ThreadingMixIn, HTTPServer):
    """A few readers at a time, each for a short while: none of them matters to another."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - as the standard library has them
        self._room = threading.BoundedSemaphore(MOST_READERS)
        super().__init__(*args)

    def server_bind(self) -> None:
        """Bind; without a question to a name server, as the standard library would put."""
        super(HTTPServer, self).server_bind()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Serve one in a thread, if there is room."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Serve one, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Say nothing: a reader that went is its own affair."""


class _Server6(_Server):
    """The same, of the other family."""

    address_family = socket.AF_INET6


def _server(address: str, host: str, port: int, handler: type) -> _Server:
    server = _Server6 if ":" in host else _Server
    try:
        return server((host, port), handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise GenredError(
                f"metrics.bind {address} is taken by another program; "
                "stop what holds it or give another --metrics"
            ) from error
        raise UsageError(
            f"metrics.bind {address} can't be bound: {error.strerror}; give another --metrics"
        ) from error


def _parsed(address: str) -> tuple[str, int]:
    """Split HOST:PORT; raises UsageError."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not host or not (port.isascii() and port.isdigit()) or int(port) > _LAST_PORT:
        raise UsageError(f'metrics.bind "{address}" is no address: give 127.0.0.1:9570')
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
