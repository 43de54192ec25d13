"""Types that several modules share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeAlias

ConfigSettings: TypeAlias = Mapping[str, "str | Sequence[str]"]
"""What ``-C KEY=VALUE`` gives: a key given twice becomes a list, as ``python -m build`` has it."""

TargetMapping: TypeAlias = Mapping[str, Any]
"""A target as the hook receives it: plain JSON, see :mod:`crosshook.target`."""

Command: TypeAlias = tuple[str, ...]
"""A program and its first arguments, never a shell string."""


class Output(Protocol):
    """Where the output of a process goes."""

    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


class Nowhere:
    """An output that drops what is written to it."""

    def write(self, data: bytes, /) -> None: ...
    def flush(self) -> None: ...


PHASES = ("environment", "libraries", "hooks", "compiling", "checking", "testing")
"""What the build of a wheel goes through: the environment of the backend is made, the commands of
``--before-build`` run, the backend is asked what it offers and requires, builds, and what it built
is checked and tested."""


class HookRunner(Protocol):
    """Runs the process that a hook is called in; the protocol of ``pyproject_hooks``."""

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None: ...


class Reporter(Protocol):
    """Is told what is going on; the command line prints it on stderr."""

    @property
    def streams_hook_output(self) -> bool:
        """Whether what the backend prints goes to stderr at once, and not only on failure."""

    @property
    def streams_test_output(self) -> bool:
        """Whether what a test command prints does."""

    @property
    def stream(self) -> Output:
        """Where it goes."""

    @property
    def log(self) -> Output:
        """Where all that backends and test commands print goes in any case, to be kept."""

    def step(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def warn(self, text: str) -> None: ...

    def phase(self, phase: str) -> None:
        """Be told that a build has come to one of :data:`PHASES`."""

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Return a context for a long transfer; what it yields is told how many bytes have come."""


class SilentReporter:
    """A reporter that says nothing, of a run, of one of its cells, or of something else; others
    can be made from it."""

    streams_hook_output = False
    streams_test_output = False
    log: Output = Nowhere()

    @property
    def stream(self) -> Output:
        return sys.stderr.buffer

    def step(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def warn(self, text: str) -> None: ...
    def phase(self, phase: str) -> None: ...

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda size: None)

    def planned(self, cells: Sequence[Any]) -> None: ...

    def cell(self, cell: Any) -> SilentReporter:
        return self

    def came(self, delivered: Any) -> None: ...
