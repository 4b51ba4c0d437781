"""Events as lines that a person reads, in a terminal or a journal."""

from genred.events import Capture, Genre


def clock_text(seconds: float) -> str:
    """Say a time as minutes:seconds.tenths."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def change_text(change: Genre) -> str:
    """Say a change of label: when, in which stream, to what, and how sure."""
    sure = f"  {change.confidence:.2f}" if isinstance(change.confidence, float) else ""
    return f"{clock_text(change.audio_time):>8}  {change.stream}  {change.genre}{sure}"


def capture_text(capture: Capture) -> str:
    """Say a state of the capture: when, which, of what, and why."""
    shape = ""
    if isinstance(capture.sample_rate, int) and capture.state == "capturing":
        shape = f", {capture.sample_rate} Hz, {capture.channels} ch"
    lost = f"; {capture.lost_s:.1f} s lost" if capture.lost_s >= _SMALL_S else ""
    return (
        f"{clock_text(capture.audio_time):>8}  {capture.stream}  [{capture.state}] "
        f"{capture.source}{shape}: {capture.reason}{lost}"
    )


_SMALL_S = 0.05  # what rounds to nothing is not worth a word
