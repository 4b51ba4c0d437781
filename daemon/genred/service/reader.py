"""A thread that opens a source and reads it to its end, so that the loop never waits for either."""

import threading

from genred.audio.source import Input, LiveSource, Now
from genred.errors import GenredError
from genred.service.inbox import Failed, Finished, Inbox, Opened


class Reader:
    """One opening of an input, from its opening to its end."""

    def __init__(self, chosen: Input, sample_rate: int, now: Now, inbox: Inbox) -> None:
        self.inbox = inbox
        self._input = chosen
        self._sample_rate = sample_rate
        self._now = now
        self._lock = threading.Lock()
        self._source: LiveSource | None = None
        self._cancelled = False
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End it; what it still had to tell is dropped. Does not wait for a source that opens."""
        with self._lock:
            self._cancelled = True
            source = self._source
        self.inbox.close()
        if source:
            source.close()

    def join(self, timeout_s: float) -> None:
        """Wait so long for the thread's end."""
        self._thread.join(timeout_s)

    def _read(self) -> None:
        try:
            with self._input.open(self._sample_rate, self._now) as source:
                if not self._hold(source):
                    return
                self.inbox.note(Opened(source))
                for block in source:
                    self.inbox.put(block)
            self.inbox.note(Finished())
        except GenredError as error:
            self.inbox.note(Failed(error))
        except Exception as error:  # noqa: BLE001 - a thread's end: told, and tried again
            self.inbox.note(Failed(GenredError(f"{type(error).__name__}: {error}")))

    def _hold(self, source: LiveSource) -> bool:
        """Remember the source for `cancel`; False if that has come already."""
        with self._lock:
            self._source = source
            return not self._cancelled
