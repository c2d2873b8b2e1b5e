"""What a command waits for, on a terminal: a line on standard error with the seconds so far, from half a second on, that goes when anything is said."""

from __future__ import annotations

import sys
import threading
import time

_QUIET = 0.15  # seconds in which a command that is quick shows nothing
_EVERY = 1.0


class _Line:
    """The line, drawn by a thread: what is waited for may hold up this one for long."""

    def __init__(self, text: str) -> None:
        self._text, self._begun, self._width = text, time.monotonic(), 0
        self._over, self._lock = threading.Event(), threading.Lock()
        threading.Thread(target=self._draw, daemon=True).start()

    def _draw(self) -> None:
        pause = _QUIET
        while not self._over.wait(pause):
            pause = _EVERY
            seconds = int(time.monotonic() - self._begun)
            with self._lock:
                if not self._over.is_set():
                    self._write(f"{self._text}……" + (f"{seconds} 秒" if seconds else ""))

    def _write(self, text: str) -> None:
        width = 2 * len(text)
        blanks = " " * max(self._width - width, 0)
        try:
            sys.stderr.write(f"\r{text}{blanks}")
            sys.stderr.flush()
        except (OSError, ValueError):  # the terminal is gone
            self._over.set()
        self._width = width

    def end(self) -> None:
        """Take the line away."""
        with self._lock:
            drawn = self._width > 0 and not self._over.is_set()
            self._over.set()
            if drawn:
                self._write("")
                self._write("")


_line: _Line | None = None


def wait_for(text: str) -> None:
    """Show from now on that ``text`` is waited for, until `end_wait`; nothing where standard error is no terminal."""
    global _line
    end_wait()
    if sys.stderr is not None and sys.stderr.isatty():
        _line = _Line(text)


def end_wait() -> None:
    """Take the line away, if there is one: something else is to be said."""
    global _line
    if _line is not None:
        _line.end()
        _line = None
