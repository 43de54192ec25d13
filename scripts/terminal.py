"""A terminal that a command runs in, and what it shows: what rich, pip and the like print.

Commands for a terminal that it does not know raise, so that nothing is shown wrongly. The source of
what they mean is ECMA-48.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TOKEN = re.compile(r"\x1b\[(?P<numbers>[?\d;]*)(?P<command>[A-Za-z])|(?P<character>[^\x1b])", re.S)
_RESET = ("", "0")
_SECONDS = 60.0


class Terminal:
    """What is on a terminal, all lines from the first on.

    :param columns: How wide it is.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.shows_cursor = True
        self._lines: list[list[tuple[str, str]]] = [[]]
        self._row = 0
        self._column = 0
        self._style = ""
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, without the blanks behind them and the empty lines at the end."""
        shown = ["".join(character for character, _ in line).rstrip() for line in self._lines]
        return tuple("\n".join(shown).rstrip("\n").split("\n"))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def coloured(self) -> str:
        """The text, with the commands for its colours."""
        parts: list[str] = []
        for line in self._lines[: len(self.lines)]:
            before = ""
            for character, style in line:
                if style != before:
                    parts.append(f"\x1b[0m{style}")
                    before = style
                parts.append(character)
            parts.append("\x1b[0m\n")
        return "".join(parts)

    def feed(self, data: bytes) -> None:
        """Show what was written to it."""
        text = self._rest + self._decode.decode(data)
        position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                if len(text) - position > 20:
                    raise ValueError(f"not known: {text[position : position + 20]!r}")
                break
            if found["command"]:
                self._obey(found["command"], found["numbers"])
            else:
                self._show(found["character"])
            position = found.end()
        self._rest = text[position:]

    def _obey(self, command: str, numbers: str) -> None:
        if command == "m":
            own = "" if numbers in _RESET else f"\x1b[{numbers}m"
            self._style = own if numbers in _RESET else self._style + own
        elif command == "A":
            self._row = max(0, self._row - int(numbers or 1))
        elif command == "K" and numbers == "2":
            self._lines[self._row].clear()
        elif command in "hl" and numbers == "?25":
            self.shows_cursor = command == "h"
        else:
            raise ValueError(f"not known: {numbers}{command}")

    def _show(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row += 1
            if self._row == len(self._lines):
                self._lines.append([])
        elif character.isprintable():
            if self._column == self.columns:
                self._show("\r")
                self._show("\n")
            line = self._lines[self._row]
            line += [(" ", "")] * (self._column + 1 - len(line))
            line[self._column] = (character, self._style)
            self._column += 1
        else:
            raise ValueError(f"not known: {character!r}")


def _control_terminal() -> None:
    """In a child: take the terminal, and heed what is typed in it.

    What a shell runs in the background ignores Ctrl-C, children included.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A command that runs in a terminal, which is all of its streams unless others are given.

    :param stdout: A file for its results.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        *,
        cwd: Path,
        environ: Mapping[str, str],
        stdout: int | None = None,
    ) -> None:
        self.terminal = Terminal(columns)
        self.printed = b""
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environ, "TERM": environ.get("TERM", "xterm-256color")},
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            start_new_session=True,
            # The terminal that Ctrl-C is typed in.
            preexec_fn=_control_terminal,
        )
        os.close(theirs)

    def wait_for(self, shown: Callable[[Terminal], bool]) -> None:
        """Wait until the terminal shows something.

        :raises AssertionError: if the command ends before.
        """
        while not shown(self.terminal):
            assert self._read(), f"it ended:\n{self.terminal.text}"

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        os.write(self._own, b"\x03")

    def end(self) -> int:
        """Wait for the command's end and return its exit code."""
        while self._read():
            pass
        os.close(self._own)
        return self._process.wait(_SECONDS)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._own], [], [], _SECONDS)
        assert ready, f"nothing came in {_SECONDS:g} seconds:\n{self.terminal.text}"
        try:
            data = os.read(self._own, 1 << 16)
        except OSError:
            # So Linux says that nobody has the other end any more.
            return False
        self.printed += data
        self.terminal.feed(data)
        return bool(data)
