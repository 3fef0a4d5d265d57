"""What a helper tells and how it hears that it should stop."""
from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any, Dict

PROTOCOL_VERSION = 1

#: The engine cuts longer lines, which would then be no JSON.
MAX_LINE_CHARS = 16_000


class Channel:
    """
    JSON lines, one message each, on what was standard output when the process started. From then on the user's program
    prints to standard error, and reads nothing: both of its own descriptors are replaced, so that C code is caught too.
    """

    def __init__(self) -> None:
        self._fd = os.dup(1)
        self._control_fd = os.dup(0)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(line_buffering=True, errors="backslashreplace")
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def tell(self, kind: str, **fields: Any) -> None:
        """Sends one message. A forked child is not heard; an engine that is gone is not missed."""
        if os.getpid() != self._owner:
            return
        line = bounded_line({"v": PROTOCOL_VERSION, "type": kind, **fields}) + "\n"
        with self._lock:
            try:
                _write_all(self._fd, line.encode("utf-8", "backslashreplace"))
            except OSError:
                pass  # the reader has ended: there is nobody left to tell

    def read_control(self) -> None:
        """Returns when the other side closes the control channel."""
        while True:
            try:
                if not os.read(self._control_fd, 4096):
                    return
            except OSError:
                return  # closed under us: the same


def bounded_line(message: Dict[str, Any]) -> str:
    """The message as JSON; what makes it too long is a text, and its longest text is halved until it fits."""
    while True:
        line = json.dumps(message, ensure_ascii=False)
        texts = [name for name, value in message.items() if isinstance(value, str) and len(value) > 100]
        if len(line) <= MAX_LINE_CHARS or not texts:
            return line
        longest = max(texts, key=lambda name: len(message[name]))
        message = {**message, longest: message[longest][: len(message[longest]) // 2] + " …"}


class StopListener:
    """Raises KeyboardInterrupt in the main thread when the control channel ends, as Ctrl+C would, until told to hold back."""

    def __init__(self, channel: Channel) -> None:
        self.stopped = False
        self._held = False
        self._lock = threading.Lock()
        thread = threading.Thread(target=self._wait, args=(channel,), name="batchscope-stop", daemon=True)
        thread.start()

    def hold(self) -> None:
        """From here on nothing is interrupted: what was recorded is being written."""
        with self._lock:
            self._held = True
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _wait(self, channel: Channel) -> None:
        channel.read_control()
        with self._lock:
            if self._held:
                return
            self.stopped = True
            interrupt_main_thread()


def interrupt_main_thread() -> None:
    """As Ctrl+C; on POSIX it also wakes a main thread that sleeps or waits."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main()


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
