"""What Prometheus reads, and that no reader matters to the loop."""

import contextlib
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from genred import __version__
from genred.errors import GenredError, UsageError
from genred.service.figures import Figures, Observer
from genred.service.metrics import MOST_READERS, Metrics
from live_fakes import wait_until
from live_service import LiveSession

WAIT_S = 20.0


def read(metrics: Metrics) -> str:
    with urllib.request.urlopen(f"http://{metrics.address}/metrics", timeout=WAIT_S) as answer:
        return str(answer.read().decode())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return values by name and labels, the stream's left out."""
    return {
        (
            sample.name,
            *(f"{k}={sample.labels[k]}" for k in sorted(sample.labels) if k != "stream"),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    with Metrics("127.0.0.1:0", Figures) as metrics:
        yield metrics


def test_a_session_is_told_in_prometheus_words(tmp_path: Path) -> None:
    observer = Observer(lambda: 2)
    with (
        LiveSession(tmp_path, also=observer) as session,
        Metrics("127.0.0.1:0", observer.figures) as metrics,
    ):
        observer.inferred(0.0003)
        session.hear(6.0)
        text = read(metrics)
    held = samples(text)
    assert held["genred_genre", "genre=rock"] == 1.0
    assert held["genred_capture_state", "state=capturing"] == 1.0
    assert held["genred_capture_state", "state=lost"] == 0.0
    assert held["genred_build_info", "model=fake 0", f"version={__version__}"] == 1.0
    assert held["genred_subscribers",] == 2.0
    assert held["genred_windows_total",] == 1.0
    assert held["genred_inference_seconds_bucket", "le=0.00025"] == 0.0
    assert held["genred_inference_seconds_bucket", "le=0.0005"] == 1.0
    assert held["genred_inference_seconds_bucket", "le=+Inf"] == 1.0
    assert held["genred_inference_seconds_count",] == 1.0
    assert held["genred_latency_seconds_count",] == held["genred_events_total", "type=prediction"]
    assert held["genred_losses_total", "reason=failed"] == 0.0
    assert held["process_resident_memory_bytes",] > 1e6
    assert 'stream="bar"' in text


def test_before_the_first_event_there_is_an_answer_too(metrics: Metrics) -> None:
    held = samples(read(metrics))
    assert held["genred_overruns_total",] == 0.0
    assert not any(name[0] == "genred_genre" for name in held)


def test_a_label_of_any_letters_is_quoted() -> None:
    name = 'hip "hop"\n\\ Zürich'
    with Metrics("127.0.0.1:0", lambda: Figures(genre=name)) as metrics:
        assert samples(read(metrics))["genred_genre", f"genre={name}"] == 1.0


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:9570", "example.org:9570"])
def test_other_machines_are_refused_unless_it_is_said(address: str) -> None:
    with pytest.raises(UsageError, match="--insecure"):
        Metrics(address, Figures)


def test_what_is_said_to_be_insecure_is_served() -> None:
    with Metrics("0.0.0.0:0", Figures, insecure=True) as metrics:
        assert metrics.address.startswith("0.0.0.0:")


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_an_address_of_six_bytes_and_more_is_one_too() -> None:
    with Metrics("[::1]:0", Figures) as metrics:
        assert metrics.address.startswith("[::1]:")
        assert "genred_build_info" in read(metrics)


@pytest.mark.parametrize("address", ["", "9570", "localhost", ":9570", "127.0.0.1:x", "a:99999"])
def test_what_is_no_address_is_one_line(address: str) -> None:
    with pytest.raises(UsageError, match=r"give 127\.0\.0\.1:9570"):
        Metrics(address, Figures)


def test_a_taken_port_is_one_line(metrics: Metrics) -> None:
    with pytest.raises(GenredError, match=r"is taken by another program; .*--metrics") as caught:
        Metrics(metrics.address, Figures)
    assert "\n" not in str(caught.value)


def test_readers_that_never_read_or_never_ask_do_not_matter(metrics: Metrics) -> None:
    host, _, port = metrics.address.rpartition(":")
    stuck = [socket.create_connection((host, int(port))) for _ in range(MOST_READERS // 2)]
    stuck[0].sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    stuck[1].sendall(b"GET /met")
    assert "genred_build_info" in read(metrics)
    for each in stuck:
        each.close()


def test_readers_beyond_measure_are_sent_away_and_there_is_room_again(metrics: Metrics) -> None:
    host, _, port = metrics.address.rpartition(":")
    stuck = [socket.create_connection((host, int(port))) for _ in range(MOST_READERS)]
    late = socket.create_connection((host, int(port)), timeout=WAIT_S)
    assert late.recv(1) == b""
    for each in (*stuck, late):
        each.close()

    def answers() -> bool:
        try:
            return "genred_build_info" in read(metrics)
        except (urllib.error.URLError, ConnectionError):
            return False

    wait_until(answers)


def test_one_that_says_nothing_is_let_go() -> None:
    with Metrics("127.0.0.1:0", Figures, reader_s=0.05) as metrics:
        host, _, port = metrics.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as silent:
            assert silent.recv(1) == b""


@pytest.mark.parametrize(
    "rubbish", [b"\x00\xff" * 100 + b"\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"x" * 70000]
)
def test_rubbish_ends_nothing(
    metrics: Metrics, rubbish: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    host, _, port = metrics.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as reader:
        reader.sendall(rubbish)
        reader.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            reader.recv(1 << 16)
    assert "genred_build_info" in read(metrics)
    assert capfd.readouterr().err == ""


def test_nobody_pays_for_metrics_who_does_not_ask_for_them() -> None:
    code = "import genred.service.__main__, sys; print('prometheus_client' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_names_are_prometheus_own_and_end_with_a_unit(metrics: Metrics) -> None:
    for name in {key[0] for key in samples(read(metrics))}:
        assert re.fullmatch(r"(genred|process)_[a-z_]+", name)
