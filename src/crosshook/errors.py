"""The one tree of errors that crosshook raises on purpose.

Every error says in one line what happened, with the value that caused it and where that value
came from (a key path or a flag). ``hint`` is the command or edit that mends it, if one is known.
``exit_code`` is what the command line exits with: 1 where a build or a check failed, 2 where what
the user asked for cannot be understood, the test command's own where that failed.
"""

from __future__ import annotations

from typing import Any


class CrosshookError(Exception):
    """The root of the tree.

    :param message: One line: what happened, to which value, and where that value came from.
    :param hint: What the user can type or edit to mend it; shown after ``hint:``.
    :param detail: Longer text that belongs to it, such as a compiler's output; shown above it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        self.output: str | None = None
        """All that the backend and its tools printed, where that says why."""
        self.log: str | None = None
        """The path of a file with it."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled: what the classes below take by keyword is in the attributes.
        return _restored, (type(self), self.__dict__)


def _restored(kind: type[CrosshookError], attributes: dict[str, Any]) -> CrosshookError:
    error = kind.__new__(kind, attributes["message"])
    error.__dict__.update(attributes)
    return error


class UsageError(CrosshookError):
    """What the user asked for cannot be understood: a flag, a path, a table in pyproject.toml."""

    exit_code = 2


class TargetError(UsageError):
    """A wheel platform tag or a target mapping that is unknown or malformed."""


class ProjectError(UsageError):
    """The source tree or its pyproject.toml cannot be used."""


class SourceError(CrosshookError):
    """An sdist could not be found, fetched or unpacked."""


class TargetPythonError(CrosshookError):
    """No usable target Python: a prefix that does not fit, or facts that we do not have."""


class ToolchainError(CrosshookError):
    """No usable compiler for the target platform."""


class LibraryError(CrosshookError):
    """C libraries for the target cannot be had."""


class EmulatorError(CrosshookError):
    """The target's Python cannot be run: no emulator, no interpreter, or one that fails."""


class PluginError(CrosshookError):
    """Another distribution's adapter, toolchain, Python or emulator cannot be used."""


class UnsupportedTarget(CrosshookError):
    """Raised by ``cross_build_wheel`` when the backend cannot build for the target it was given.

    A backend other than crosshook's defines an exception of this name in its own namespace, as
    PEP 517 has it for ``UnsupportedOperation``.
    """


class BackendError(CrosshookError):
    """The backend failed: it could not be imported, raised, exited, or answered nonsense."""


class RefusedWheel(CrosshookError):
    """A wheel that was built and is not delivered.

    :param problems: Each reason, one line, naming the tag or the file inside the wheel.
    """

    def __init__(
        self, message: str, *, problems: tuple[str, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, detail="\n".join(f"  - {p}" for p in problems) or None)
        self.problems = problems


class HeedsNoTarget(RefusedWheel):
    """A wheel that is refused because the backend takes no notice of the target.

    :param machines: The object-file formats and machine numbers that are in it: what it would be
        built for again. Empty where no wheel of the backend is taken but a pure one.
    """

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[str, ...],
        hint: str,
        machines: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        super().__init__(message, problems=problems, hint=hint)
        self.machines = machines
