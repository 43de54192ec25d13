"""The environments that backends of a run are called in: one for each Python that is installed."""

from __future__ import annotations

import contextlib
import threading
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from crosshook import _files
from crosshook._types import Reporter
from crosshook.frontend import environments
from crosshook.frontend.environments import Environment
from crosshook.frontend.request import Request
from crosshook.project import Project


class BuildEnvironments:
    """Makes each when it is first asked for; may be used by several threads, which make those of
    different Pythons at once.

    :param environ: The environment variables to start from.
    :param stack: What ends the use of an environment.
    :param work: Where they will be.
    """

    def __init__(
        self,
        project: Project,
        request: Request,
        environ: Mapping[str, str],
        work: Path,
        stack: contextlib.ExitStack,
        reporter: Reporter,
    ) -> None:
        self._project = project
        self._request = request
        self._environ = environ
        self._work = work
        self._stack = stack
        self._reporter = reporter
        self._made: dict[Path | None, Environment] = {}
        self._locks: defaultdict[Path | None, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()
        self._chosen: str | None = None

    def get(self, interpreter: Path | None) -> Environment:
        """Return the environment of a Python, with what the project requires for its build.

        :param interpreter: None for the Python that runs crosshook.
        :raises CrosshookError: if it cannot be made.
        """
        with self._lock:
            making = self._locks[interpreter]
        with making:
            if interpreter not in self._made:
                self._made[interpreter] = self._make(interpreter)
            return self._made[interpreter]

    def discard(self, interpreter: Path | None) -> None:
        """Remove the environment of a Python, before the run ends: nobody will ask for it."""
        with self._lock:
            making = self._locks[interpreter]
        with making:
            if self._made.pop(interpreter, None) is not None:
                _files.remove(self._place(interpreter))

    def _place(self, interpreter: Path | None) -> Path:
        # Which of them is made first may differ from run to run; its place does not.
        return self._work / f"python-{zlib.crc32(str(interpreter).encode()):08x}"

    def _make(self, interpreter: Path | None) -> Environment:
        request, requires = self._request, self._project.requires
        if request.isolation:
            self._reporter.step(f"installing the build requirements: {', '.join(requires)}")
            context = environments.isolated(
                self._environ,
                self._installer(),
                interpreter,
                self._place(interpreter),
                self._reporter.log,
            )
        else:
            context = environments.current(self._environ)
        environment = self._stack.enter_context(context)
        environment.install(requires)
        if request.adapt:
            environment.install_crosshook()
        return environment

    def _installer(self) -> str:
        with self._lock:
            if self._chosen is None:
                named = self._request.installer
                self._chosen = environments.chosen_installer(named, self._environ)
            return self._chosen
