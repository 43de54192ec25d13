"""What a project says of its own build: ``[build-system]`` and ``[tool.crosshook]``.

``[build-system]`` is read as PEP 518 and PEP 517 have it, with the fallback of PEP 517 to
setuptools where it is absent.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosshook.errors import ProjectError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WRAPPER = "crosshook.backend"
"""The ``build-backend`` of a project that wraps its backend with crosshook."""

COMPILER_LAUNCHERS = ("ccache", "sccache")
"""What ``compiler-launcher`` and ``--compiler-launcher`` may name."""

_LARGEST = 10_000_000
"""Bytes of a pyproject.toml."""

LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
"""The backend of a project that names none (PEP 517)."""

_LEGACY_REQUIRES = ("setuptools >= 40.8.0",)

_KNOWN = (
    "targets",
    "pythons",
    "build-backend",
    "backend-path",
    "adapter",
    "project-sees",
    "libraries",
    "before-build",
    "target-requires",
    "test-command",
    "test-requires",
    "test-extras",
    "compiler-launcher",
    "test-sources",
    "like-cibuildwheel",
)
"""The keys of ``[tool.crosshook]``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend:
    """A build backend: the object that has the hooks."""

    name: str
    """``module`` or ``module:object``, as ``build-backend`` has it."""
    path: tuple[str, ...] = ()
    """``backend-path``: directories relative to the project, for a backend that it contains."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetTests:
    """How a wheel is tested on its target; the keys and placeholders are cibuildwheel's."""

    command: str = ""
    """A shell command with ``{project}`` and ``{wheel}``; nothing is run if it is empty."""
    requires: tuple[str, ...] = ()
    """Requirements (PEP 508) that are installed beside the wheel."""
    extras: tuple[str, ...] = ()
    """Extras of the project that are installed with it."""
    sources: tuple[str, ...] = ()
    """Files and directories of the project, relative to it, that are copied to where the command
    runs."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the command."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The ``[tool.crosshook]`` table."""

    targets: tuple[str, ...] = ()
    """What is built where no target is named, as ``--target`` has it."""
    pythons: tuple[str, ...] = ()
    """The target Pythons where none is named, as ``--python`` has them."""
    backend: Backend | None = None
    """The delegate, where the project itself names the wrapper as its backend."""
    adapter: str | None = None
    """The adapter to use for the delegate, where it would not be recognised."""
    project_sees: str = "target"
    """Of which platform ``sys.platform`` and the like speak in the project's own setup.py and
    modules, in a cross build: ``target`` or ``build``."""
    target_requires: tuple[str, ...] = ()
    """Requirements (PEP 508) whose headers and libraries are compiled against, beside those that
    crosshook knows: they are installed for the target as well."""
    libraries: tuple[str, ...] = ()
    """Where C libraries for the target are, as ``--libraries`` names them; directories relative to
    the project."""
    before_build: tuple[str, ...] = ()
    """Shell commands that install C libraries for the target, as ``--before-build`` has them."""
    testing: TargetTests = field(default_factory=TargetTests)
    compiler_launcher: str | None = None
    """What keeps the results of compilers, as ``--compiler-launcher`` names it."""
    like_cibuildwheel: bool = False
    """Take what is of use of ``[tool.cibuildwheel]``, as ``--like-cibuildwheel`` has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A source tree that can be built."""

    root: Path
    requires: tuple[str, ...]
    """``[build-system] requires``."""
    backend: Backend
    """``[build-system] build-backend``, or setuptools where it is not declared."""
    settings: Settings = field(default_factory=Settings)
    name: str | None = None
    """``[project] name``, normalised; None if it is not there."""
    version: str | None = None
    """``[project] version``, as it is; None if it is not there, and then the backend finds it."""
    requires_python: str | None = None
    """``[project] requires-python``, as it is; None if it is not there."""
    external: tuple[str, ...] = ()
    """What :pep:`725` has in ``[external] host-requires``: C libraries that the target has to
    have, such as ``dep:generic/libxml2``."""
    dependency_groups: Mapping[str, Any] = field(default_factory=dict)
    """``[dependency-groups]`` (:pep:`735`), as it is."""
    tools: Mapping[str, Any] = field(default_factory=dict)
    """``[tool]``, as it is: what a table says is for its tool to check."""

    @property
    def delegate(self) -> Backend:
        """The backend that crosshook's wrapper stands in front of.

        :raises ProjectError: if the project names the wrapper and no delegate.
        """
        if self.backend.name.partition(":")[0] != WRAPPER:
            return self.backend
        if self.settings.backend is None:
            raise ProjectError(
                f"{self.root / 'pyproject.toml'}: tool.crosshook.build-backend: missing",
                hint='[tool.crosshook] build-backend = "setuptools.build_meta", or what it wraps',
            )
        return self.settings.backend

    def tool(self, name: str) -> Mapping[str, Any]:
        """Return a table below ``[tool]``; empty if it is not there, or no table."""
        table = self.tools.get(name)
        return table if isinstance(table, Mapping) else {}

    def requires_package(self, name: str) -> bool:
        """Tell whether ``[build-system] requires`` names a distribution."""
        return any(_distribution(text) == _normal(name) for text in self.requires)


def identity(root: Path) -> bytes:
    """Return what tells a project from others, wherever its source tree is."""
    for name in ("pyproject.toml", "setup.py"):
        with contextlib.suppress(OSError):
            return name.encode() + (root / name).read_bytes()
    return b""


def read_project(root: Path) -> Project:
    """Return what the pyproject.toml in a directory says; a bare ``setup.py`` is enough.

    :raises ProjectError: naming the file and the key path of what is wrong.
    """
    file = root / "pyproject.toml"
    try:
        data = tomllib.loads(_text_of(file))
    except FileNotFoundError:
        if not (root / "setup.py").is_file():
            raise ProjectError(
                f"{root}: neither pyproject.toml nor setup.py is there",
                hint="name the directory of a Python project",
            ) from None
        data = {}
    except OSError as error:
        raise ProjectError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        # Also for numbers of more digits, and tables deeper in each other, than Python reads.
        raise ProjectError(f"{file}: not valid TOML: {error}") from None
    table = _Table(data, str(file))
    requires, backend = _build_system(table, root)
    return Project(
        root=root,
        requires=requires,
        backend=backend,
        settings=_settings(table, root),
        name=_normal(name) if (name := _of_project(data, "name")) else None,
        version=_of_project(data, "version"),
        requires_python=_of_project(data, "requires-python"),
        external=_external(data),
        dependency_groups=_groups(data),
        tools=data.get("tool", {}),
    )


def _text_of(file: Path) -> str:
    """Return what is in a file; an :class:`OSError` if it is none, or a very large one."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a file")
    if status.st_size > _LARGEST:
        raise OSError(errno.EFBIG, f"more than {_LARGEST} bytes")
    return file.read_text(encoding="utf-8")


def _of_project(data: Mapping[str, Any], key: str) -> str | None:
    """Return a text in ``[project]``; whether that is in order is for the backend to say."""
    project = data.get("project")
    value = project.get(key) if isinstance(project, Mapping) else None
    return value if isinstance(value, str) else None


def _external(data: Mapping[str, Any]) -> tuple[str, ...]:
    """It is a draft, and informs: what cannot be understood is left."""
    table = data.get("external")
    listed = table.get("host-requires") if isinstance(table, Mapping) else None
    return (
        tuple(text for text in listed if isinstance(text, str)) if isinstance(listed, list) else ()
    )


def _groups(data: Mapping[str, Any]) -> Mapping[str, Any]:
    table = data.get("dependency-groups")
    return table if isinstance(table, Mapping) else {}


def _build_system(table: _Table, root: Path) -> tuple[tuple[str, ...], Backend]:
    if "build-system" not in table.data:
        return _LEGACY_REQUIRES, Backend(name=LEGACY_BACKEND)
    system = table.table("build-system")
    if "requires" not in system.data:
        raise ProjectError(f"{system.path}.requires: missing")
    requires = system.requirements("requires")
    if "build-backend" not in system.data:
        return requires, Backend(name=LEGACY_BACKEND)
    return requires, _backend(system, root)


def _settings(table: _Table, root: Path) -> Settings:
    tools = table.table("tool") if "tool" in table.data else table
    if tools is table or "crosshook" not in tools.data:
        return Settings()
    own = tools.table("crosshook")
    for key in own.data:
        if key not in _KNOWN:
            close = difflib.get_close_matches(key, _KNOWN, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(_KNOWN)}"
            raise ProjectError(f"{own.path}.{key}: unknown key", hint=hint)
    backend = _backend(own, root) if "build-backend" in own.data else None
    if backend is None and "backend-path" in own.data:
        raise ProjectError(f"{own.path}.backend-path: given without build-backend")
    if backend is not None and backend.name.partition(":")[0] == WRAPPER:
        raise ProjectError(f"{own.path}.build-backend: {backend.name!r} cannot wrap itself")
    adapter = own.string("adapter") if "adapter" in own.data else None
    sees = own.string("project-sees") if "project-sees" in own.data else "target"
    if sees not in ("target", "build"):
        raise ProjectError(f"{own.path}.project-sees: {sees!r} is neither 'target' nor 'build'")
    launcher = own.string("compiler-launcher") if "compiler-launcher" in own.data else None
    if launcher not in (None, *COMPILER_LAUNCHERS):
        raise ProjectError(
            f"{own.path}.compiler-launcher: {launcher!r} is none of {', '.join(COMPILER_LAUNCHERS)}"
        )
    needed = own.requirements("target-requires") if "target-requires" in own.data else ()
    return Settings(
        targets=own.strings("targets") if "targets" in own.data else (),
        pythons=own.strings("pythons") if "pythons" in own.data else (),
        backend=backend,
        adapter=adapter,
        project_sees=sees,
        target_requires=needed,
        libraries=own.strings("libraries") if "libraries" in own.data else (),
        before_build=_commands(own, "before-build"),
        testing=_testing(own),
        compiler_launcher=launcher,
        like_cibuildwheel="like-cibuildwheel" in own.data and own.boolean("like-cibuildwheel"),
    )


def _testing(own: _Table) -> TargetTests:
    return TargetTests(
        # As in cibuildwheel, a list is a command after the other, as long as none fails.
        command=" && ".join(_commands(own, "test-command")),
        requires=own.requirements("test-requires") if "test-requires" in own.data else (),
        extras=own.strings("test-extras") if "test-extras" in own.data else (),
        sources=own.strings("test-sources") if "test-sources" in own.data else (),
    )


def _commands(own: _Table, key: str) -> tuple[str, ...]:
    """Return shell commands, of which there may be one."""
    if isinstance(own.data.get(key), list):
        return own.strings(key)
    return (own.string(key),) if key in own.data else ()


def _backend(table: _Table, root: Path) -> Backend:
    path = table.strings("backend-path") if "backend-path" in table.data else ()
    top = root.resolve()
    for item in path:
        # PEP 517: directories outside the source tree must be refused.
        if "\0" in item or not (top / item).resolve().is_relative_to(top):
            raise ProjectError(f"{table.path}.backend-path: {item!r} is outside the project")
    return Backend(name=table.string("build-backend"), path=path)


def check_requirement(text: str) -> str | None:
    """Return why a text is no requirement (PEP 508) on one line; None if it is one."""
    # What reads them is imported with the first: to describe a target takes less without.
    from packaging.requirements import InvalidRequirement, Requirement

    if not text.isprintable():
        return "a character that is not printable"
    try:
        Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError) as error:
        # The rest of it shows the place, over several lines.
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return None


def _distribution(requirement: str) -> str | None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return _normal(Requirement(requirement).name)
    except InvalidRequirement:
        return None


def _normal(name: str) -> str:
    """Return the name of a distribution as all spell it that compare names."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


class _Table:
    """A TOML table and where it stands, for error messages."""

    def __init__(self, data: Mapping[str, Any], path: str) -> None:
        self.data = data
        self.path = path

    def _wrong(self, key: str, expected: str) -> ProjectError:
        return ProjectError(f"{self._path_of(key)}: {self.data[key]!r} is not {expected}")

    def _path_of(self, key: str) -> str:
        separator = ": " if self.path.endswith(".toml") else "."
        return f"{self.path}{separator}{key}"

    def table(self, key: str) -> _Table:
        value = self.data[key]
        if not isinstance(value, Mapping):
            raise self._wrong(key, "a table")
        return _Table(value, self._path_of(key))

    def string(self, key: str) -> str:
        value = self.data[key]
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a non-empty string")
        return value

    def boolean(self, key: str) -> bool:
        value = self.data[key]
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        value = self.data[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of strings")
        return tuple(value)

    def requirements(self, key: str) -> tuple[str, ...]:
        for text in self.strings(key):
            problem = check_requirement(text)
            if problem is not None:
                raise ProjectError(f"{self._path_of(key)}: {text!r}: {problem}")
        return self.strings(key)
