"""Hearing what goes on in a build, for somebody who is told of it afterwards, perhaps elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TypeAlias

from crosshook._types import Output, Reporter, SilentReporter

Said: TypeAlias = "tuple[str, str] | tuple[str, bytes]"
"""``step``, ``note`` or ``warn``, and the text; ``log`` or ``stream``, and what was printed."""

_MOST_PRINTED = 1 << 26
"""Bytes of what is printed that are kept."""


def tell(reporter: Reporter, said: Sequence[Said]) -> None:
    """Tell a reporter what another was told, and write what was printed to its outputs."""
    for kind, what in said:
        if isinstance(what, bytes):
            getattr(reporter, kind).write(what)
        else:
            getattr(reporter, kind)(what)


class Hearing(SilentReporter):
    """A reporter that keeps what it is told, and what is printed.

    :param streams_hook_output: Whether what the backend prints will be shown.
    :param streams_test_output: Whether what a test command prints will be.
    """

    def __init__(self, *, streams_hook_output: bool, streams_test_output: bool) -> None:
        self.streams_hook_output = streams_hook_output
        self.streams_test_output = streams_test_output
        self.log: Output = _Printed("log", self)
        self._stream = _Printed("stream", self)
        self._heard: list[Said] = []
        self._room = _MOST_PRINTED
        self._lock = threading.Lock()

    @property
    def heard(self) -> tuple[Said, ...]:
        """All of it, in order."""
        return tuple(self._heard)

    @property
    def stream(self) -> Output:
        return self._stream

    def step(self, text: str) -> None:
        self._heard.append(("step", text))

    def note(self, text: str) -> None:
        self._heard.append(("note", text))

    def warn(self, text: str) -> None:
        self._heard.append(("warn", text))

    def printed(self, kind: str, data: bytes) -> None:
        """Keep what is printed, as long as there is room.

        :param kind: The output that it is printed to.
        """
        with self._lock:
            if not self._room:
                return
            self._heard.append((kind, data[: self._room]))
            self._room -= min(len(data), self._room)
            if not self._room:
                self.note("what was printed after this is not kept")


class _Printed:
    """An output of a reporter that keeps what is printed."""

    def __init__(self, kind: str, hearing: Hearing) -> None:
        self._kind = kind
        self._hearing = hearing

    def write(self, data: bytes, /) -> None:
        self._hearing.printed(self._kind, data)

    def flush(self) -> None: ...
