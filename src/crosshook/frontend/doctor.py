"""What is there to build for a target and to test there; what is missing, and what to type."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook import __version__, emulators
from crosshook._types import SilentReporter
from crosshook.adapters import find_adapter
from crosshook.backend import planning
from crosshook.emulators import wine
from crosshook.errors import CrosshookError
from crosshook.frontend.requires_python import check_python
from crosshook.frontend.resolve import (
    Machine,
    Named,
    Wanted,
    find_libraries,
    resolve,
    runnable_python,
)
from crosshook.libraries.layout import said
from crosshook.libraries.prefix import prefixes_of
from crosshook.project import WRAPPER, Project
from crosshook.target import Target
from crosshook.toolchains import zig

_ROOM = 2 * 10**9
"""Bytes that zig's libc for a few targets and a build take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is there, or is not."""

    there: bool
    what: str
    hint: str | None = None
    """What to type, if it is missing."""
    needed: bool = True
    """Whether a build fails without it."""


def of_machine(machine: Machine) -> Iterator[Finding]:
    """Yield what builds for any target take of this machine."""
    python = machine.python
    yield _there(f"crosshook {__version__}, Python {python.version} ({python.executable})")
    own = machine.environ.get("CC", "").strip()
    try:
        _, version = zig.find_zig()
        yield _there(f"compilers: zig {version}")
    except CrosshookError as error:
        yield _missing(error, needed=not own)
    if own:
        yield _there(f"compilers: CC={own} of the environment, in place of zig's")
    path = machine.environ.get("PATH")
    cc = shutil.which("cc", path=path) or shutil.which("gcc", path=path)
    yield _optional(
        cc,
        there="a C compiler for this machine",
        missing="no C compiler for this machine: Rust, and projects that compile tools of their "
        "own, need one",
        hint="apt-get install gcc, or the like",
    )
    yield _optional(
        shutil.which("cargo", path=path),
        there="Rust",
        missing="no Rust: only projects with Rust code need it",
        hint="https://rustup.rs",
    )
    free = shutil.disk_usage(_existing(machine.cache)).free
    yield Finding(
        there=free >= _ROOM,
        what=f"{free / 10**9:.1f} GB free for {machine.cache}",
        hint="`crosshook cache --prune`, or CROSSHOOK_CACHE_DIR=DIR on another disk",
        needed=False,
    )


def of_target(
    wanted: Wanted,
    *,
    prefix: Path | None,
    toolchain: str | None,
    libraries: Sequence[Named] = (),
    project: Project | None,
    machine: Machine,
) -> Iterator[Finding]:
    """Yield what a target takes: its Python's files are made, as a build would.

    :param prefix: An unpacked Python for it.
    :param toolchain: ``--toolchain``.
    :param libraries: What names C libraries for it.
    :param project: What is to be built for it, if that is known.
    """
    try:
        resolved = resolve(
            wanted, prefix=prefix, toolchain=toolchain, machine=machine, reporter=SilentReporter()
        )
    except CrosshookError as error:
        yield _missing(error)
    else:
        where = resolved.target.headers
        yield _there(f"the target Python's development files ({where})")
        target, findings = _with_libraries(resolved.target, libraries, machine)
        yield from findings
        if project is not None and project.external and not target.libraries:
            yield Finding(
                there=False,
                what=f"no C libraries: the project needs {', '.join(project.external)} "
                "([external] host-requires)",
                hint="--libraries says where they are",
                needed=False,
            )
        if project is not None:
            yield from _told(project, target)
    emulator = _emulator(wanted, machine)
    yield emulator
    if not emulator.there and emulator.hint is None:
        # Nothing that could be installed runs its programs: a Python for it would not help.
        return
    try:
        found = runnable_python(wanted, prefix=prefix, machine=machine)
        yield _there(f"a Python to run tests with ({found.interpreter})")
    except CrosshookError as error:
        yield _missing(error, needed=False)


def of_project(project: Project) -> Iterator[Finding]:
    """Yield what is known of a project before it is built."""
    backend = project.backend.name
    if backend.partition(":")[0] == WRAPPER:
        yield _there(f"the backend {project.delegate.name}, wrapped in pyproject.toml")
    else:
        yield _there(f"the backend {backend}: with --adapt, or after `crosshook wrap`")
    adapter = find_adapter(project)
    yield Finding(
        there=adapter.knows_backend,
        what=f"the adapter {adapter.name}"
        if adapter.knows_backend
        else "no adapter is made for the backend: it is told what every build tool is told",
        hint="if its wheels are refused: [tool.crosshook] adapter, or a plugin",
        needed=False,
    )


def _with_libraries(
    target: Target, named: Sequence[Named], machine: Machine
) -> tuple[Target, tuple[Finding, ...]]:
    """Return the target with the libraries that are there, and what is said of each."""
    findings = []
    for one in named:
        try:
            found = find_libraries([one], target, machine, SilentReporter())
        except CrosshookError as error:
            findings.append(_missing(error))
            continue
        target = replace(target, libraries=tuple(dict.fromkeys([*target.libraries, *found])))
        for prefix in prefixes_of(replace(target, libraries=found)):
            findings.append(_there(f"C libraries ({one.text}): {said(prefix, target.platform)}"))
    return target, tuple(findings)


def _told(project: Project, target: Target) -> Iterator[Finding]:
    try:
        check_python(project, target.python_version)
        planning.told(project, find_adapter(project), target, {})
    except CrosshookError as error:
        yield _missing(error)
    else:
        yield _there("what the project's backend needs of this machine")


def _emulator(wanted: Wanted, machine: Machine) -> Finding:
    """Return whether something here would run the target's programs."""
    platform = wanted.platform
    try:
        why_not = emulators.nothing_runs(platform, machine)
        if why_not is not None:
            return Finding(there=False, what=f"no tests: {why_not}", needed=False)
        if wine.serves(platform, machine) and machine.system != "windows":
            return _there(f"for tests: {wine.find(platform, machine).name}")
    except CrosshookError as error:
        return _missing(error, needed=False)
    qemu = platform.row.qemu
    if qemu is None or platform.row.arch == machine.arch:
        return _there("for tests: this machine")
    names = (f"qemu-{qemu}-static", f"qemu-{qemu}")
    path = machine.environ.get("PATH")
    found = next((name for name in names if shutil.which(name, path=path)), None)
    return _optional(
        found,
        there=f"for tests: {found}",
        missing=f"no tests: {' and '.join(names)} are not installed",
        hint="apt-get install qemu-user-static, or name another: --emulator CMD",
    )


def _there(what: str) -> Finding:
    return Finding(there=True, what=what)


def _missing(error: CrosshookError, *, needed: bool = True) -> Finding:
    return Finding(there=False, what=error.message, hint=error.hint, needed=needed)


def _optional(found: str | None, *, there: str, missing: str, hint: str) -> Finding:
    if found is not None:
        return _there(there)
    return Finding(there=False, what=missing, hint=hint, needed=False)


def _existing(directory: Path) -> Path:
    return next(place for place in (directory, *directory.parents) if place.exists())
