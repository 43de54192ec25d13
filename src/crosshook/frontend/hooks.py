"""Calling the hooks of a backend from outside, those of the proposal included.

The process is started by ``pyproject_hooks``, with its own in-process script. That script calls
the hooks that it knows; :mod:`crosshook.frontend.relay` gets the others through it, by its public
interface alone.
"""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproject_hooks

from crosshook._types import ConfigSettings, HookRunner, TargetMapping
from crosshook.errors import BackendError, UnsupportedTarget
from crosshook.project import Backend, check_requirement

RELAY_DIRECTORY = str(Path(__file__).parent / "relay")
"""Has to be first on the PYTHONPATH of the hook process."""

_BACKEND_WARNING: type[Warning] = getattr(pyproject_hooks, "BuildBackendWarning", UserWarning)

_HOOKS = (
    "build_wheel",
    "get_requires_for_build_wheel",
    "cross_build_wheel",
    "get_requires_for_cross_build_wheel",
    "prepare_metadata_for_build_wheel",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """What a backend has for a build."""

    hooks: frozenset[str]
    """The names of its hooks, those that this module knows."""
    requires: tuple[str, ...]
    """What the hook that builds requires, as PEP 508 strings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """A hook to call."""

    hook: str
    arguments: tuple[Any, ...]
    serves: str | None = None
    """It is called if the backend has both, and none before it serves a hook that is there; None
    to call it in any case."""

    def as_json(self) -> dict[str, Any]:
        return {"for": self.serves, "hook": self.hook, "arguments": list(self.arguments)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """What the relay says came of a call."""

    hook: str | None
    """What was called; None if nothing was."""
    value: Any
    names: frozenset[str]
    """Of the hooks that were looked for, those that the backend has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HookCaller:
    """Calls a backend's hooks in processes of their own."""

    root: Path
    """The source tree: the current directory of the hooks."""
    backend: Backend
    python: str
    """The Python executable of the build environment."""
    runner: HookRunner = field(repr=False)
    """Runs the process. Its environment must have :data:`RELAY_DIRECTORY` on PYTHONPATH."""

    def available(self) -> frozenset[str]:
        """Return the names of the hooks that this module knows and the backend has.

        :raises BackendError: if the backend cannot be imported.
        """
        return self._call("import", (), _HOOKS).names

    def offered(self, target: TargetMapping, config_settings: ConfigSettings | None) -> Offered:
        """Return the hooks that the backend has, and what a build for a target requires.

        That is what ``get_requires_for_cross_build_wheel`` returns. If there is no
        ``cross_build_wheel``, it is what ``get_requires_for_build_wheel`` returns; nothing if the
        one is missing. All in the process of that one hook.

        :raises BackendError: if the backend cannot be imported, or that hook fails.
        """
        wanted = (
            _Wanted(
                serves="cross_build_wheel",
                hook="get_requires_for_cross_build_wheel",
                arguments=(dict(target), config_settings),
            ),
            _Wanted(
                serves="build_wheel",
                hook="get_requires_for_build_wheel",
                arguments=(config_settings,),
            ),
        )
        answer = self._call("what it requires", wanted, _HOOKS)
        requires = self._requirements(answer.hook, answer.value) if answer.hook else ()
        return Offered(hooks=answer.names, requires=tuple(requires))

    def get_requires_for_build_wheel(self, config_settings: ConfigSettings | None) -> list[str]:
        name = "get_requires_for_build_wheel"
        return self._requirements(name, self._value(name, (config_settings,)))

    def build_wheel(self, wheel_directory: Path, config_settings: ConfigSettings | None) -> Path:
        """Call ``build_wheel`` and return the path of the wheel."""
        name = "build_wheel"
        answer = self._value(name, (str(wheel_directory), config_settings, None))
        return self._wheel(name, wheel_directory, answer)

    def prepare_metadata_for_build_wheel(
        self, metadata_directory: Path, config_settings: ConfigSettings | None
    ) -> Path:
        """Call that hook and return the path of the ``.dist-info`` directory.

        :raises BackendError: if it fails, or returns what is no such directory.
        """
        name = "prepare_metadata_for_build_wheel"
        answer = self._value(name, (str(metadata_directory), config_settings))
        path = metadata_directory / str(answer)
        if Path(str(answer)).name != answer or not (path / "METADATA").is_file():
            raise BackendError(
                f"{self.backend.name}: {name} returned {_shown(answer)}, not a directory with "
                "METADATA"
            )
        return path

    def get_requires_for_cross_build_wheel(
        self, target: TargetMapping, config_settings: ConfigSettings | None
    ) -> list[str]:
        name = "get_requires_for_cross_build_wheel"
        return self._requirements(name, self._value(name, (dict(target), config_settings)))

    def cross_build_wheel(
        self, wheel_directory: Path, target: TargetMapping, config_settings: ConfigSettings | None
    ) -> Path:
        """Call ``cross_build_wheel`` and return the path of the wheel.

        :raises UnsupportedTarget: if the backend says that it cannot build for the target.
        :raises BackendError: if it fails, or returns what is not a wheel in that directory.
        """
        name = "cross_build_wheel"
        arguments = (str(wheel_directory), dict(target), config_settings, None)
        return self._wheel(name, wheel_directory, self._value(name, arguments))

    def _value(self, hook: str, arguments: tuple[Any, ...]) -> Any:
        return self._call(hook, (_Wanted(hook=hook, arguments=arguments),)).value

    def _call(self, purpose: str, wanted: Sequence[_Wanted], names: Sequence[str] = ()) -> _Answer:
        """Call the first hook that is wanted of those that the backend has.

        :param purpose: What the call is for, where no answer says which hook it was.
        :param names: The hooks to look for.
        """
        caller = pyproject_hooks.BuildBackendHookCaller(
            str(self.root),
            "crosshook_relay",
            runner=self.runner,
            python_executable=self.python,
        )
        request = {
            "backend": self.backend.name,
            "backend_path": [os.path.abspath(self.root / item) for item in self.backend.path],
            "names": list(names),
            "calls": [one.as_json() for one in wanted],
        }
        what = f"{self.backend.name}: {purpose}"
        try:
            with warnings.catch_warnings():
                # pyproject_hooks 1.3 repeats the backend's warnings in this process; they are not
                # about what this process does.
                warnings.simplefilter("ignore", _BACKEND_WARNING)
                outcome: Any = caller.get_requires_for_build_wheel(request)
        except subprocess.CalledProcessError as error:
            raise BackendError(
                f"{what}: its process ended with exit code {error.returncode}"
            ) from None
        except subprocess.TimeoutExpired as error:
            raise BackendError(
                f"{what}: did not end in {error.timeout:g} seconds",
                hint="more time: --build-timeout SECONDS; 0 for no limit",
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            # Python could not be started, or ended well and left no answer, or half of one.
            raise BackendError(f"{what}: its process gave no answer: {error}") from None
        except pyproject_hooks.BackendUnavailable as error:
            raise BackendError(f"{what}: {error}") from None
        hook = outcome["hook"]
        value = _value(f"{self.backend.name}: {hook or 'import'}", outcome)
        return _Answer(hook=hook, value=value, names=frozenset(outcome["names"]))

    def _requirements(self, hook: str, answer: Any) -> list[str]:
        what = f"{self.backend.name}: {hook} returned"
        if not isinstance(answer, list) or not all(isinstance(item, str) for item in answer):
            raise BackendError(f"{what} {_shown(answer)}, not strings")
        for item in answer:
            problem = check_requirement(item)
            if problem is not None:
                raise BackendError(f"{what} {_shown(item)}, not a requirement: {problem}")
        return answer

    def _wheel(self, hook: str, directory: Path, answer: Any) -> Path:
        what = f"{self.backend.name}: {hook} returned {_shown(answer)}"
        if not isinstance(answer, str) or not answer.endswith(".whl") or not answer.isprintable():
            raise BackendError(f"{what}, not the name of a wheel")
        if Path(answer).name != answer or "\\" in answer:
            raise BackendError(f"{what}, a path and not the name of a file in {directory}")
        # os.path answers False for what can be no name at all; pathlib raises on too long a one.
        if not os.path.isfile(directory / answer):  # noqa: PTH113
            raise BackendError(f"{what}, and there is no such file in {directory}")
        return directory / answer


_SHOWN = 300


def _shown(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _value(what: str, outcome: Any) -> Any:
    """Return the value of a call's outcome, as the relay describes it, or raise its error."""
    kind = outcome["outcome"]
    if kind == "returned":
        return outcome.get("repr", outcome["value"])
    if kind == "unsupported":
        raise UnsupportedTarget(f"{what}: {outcome['message']}", hint=outcome["hint"])
    if kind == "exited":
        raise BackendError(f"{what}: it called sys.exit({outcome['code']})")
    if kind == "unavailable":
        last = outcome["traceback"].strip().splitlines()[-1]
        raise BackendError(
            f"{what}: {last}",
            hint="is it among build-system.requires, and build-backend spelled right?",
            detail=outcome["traceback"],
        )
    raise BackendError(
        f"{what}: {outcome['type']}: {outcome['message']}",
        hint=outcome["hint"],
        detail=None if outcome["hint"] else outcome["traceback"],
    )
