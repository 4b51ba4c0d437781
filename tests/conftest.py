"""What tests share: where recorded music lies, and that nothing is skipped quietly in CI."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from debian.root import Root, debian, missing

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("GENRED_DATA", ROOT.parent / "shared" / "data"))

# What is configured on this machine is no business of a test's.
os.environ["GENRED_CONFIG"] = os.devnull

# Started in the background, a shell lets a process ignore Ctrl-C, and it would let its children.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no reason to fail: time limits do not belong in tests.
settings.register_profile(
    "genred", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("genred")


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of recorded music; without it the test is skipped aloud, under CI it fails."""
    if not (DATA / "gtzan").is_dir():
        reason = f"no recorded music at {DATA}; set GENRED_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return DATA


@pytest.fixture(scope="session")
def demo() -> Path:
    """Our own demo recording."""
    return ROOT / "examples" / "demo" / "genred-demo.ogg"


@pytest.fixture(scope="session")
def debian_root() -> Root:
    """A Debian that boots; where none can be made the test is skipped aloud, under CI it fails."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return debian()
