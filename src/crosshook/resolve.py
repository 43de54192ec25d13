"""From what the user asked for to a complete target: platform, target Python, toolchain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import filelock

from crosshook import _effects, toolchains
from crosshook._types import Reporter
from crosshook.errors import EmulatorError, ToolchainError, UsageError
from crosshook.platforms import Platform, parse_platform
from crosshook.pythons.composed import compose, fingerprint
from crosshook.pythons.description import TargetPython
from crosshook.pythons.exports import python_exports
from crosshook.pythons.prefix import find_interpreter, read_prefix
from crosshook.target import Target, parse_target
from crosshook.toolchains import ToolchainPlan, zig


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The build machine; read once, at the edge."""

    system: str
    """Meson's name of the operating system: ``linux``, ``darwin``, ``windows``."""
    environ: Mapping[str, str]
    python_version: tuple[int, int]
    """Of the Python that runs crosshook, and so the backend."""
    headers: Path
    """The include directory of that Python."""
    cache: Path
    """Where files are kept between builds."""
    arch: str
    """``platform.machine()``."""
    executable: Path
    """The Python of :attr:`python_version`, outside any virtual environment."""
    platform_tags: frozenset[str]
    """The platform tags of wheels that can be installed here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runnable:
    """A target's Python that may be run."""

    interpreter: Path
    prefix: Path
    """The directory that it was unpacked into."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A target, and what else is known about it."""

    target: Target
    python_exports: Mapping[str, frozenset[str]]
    """The names that the target Python's DLLs export, by DLL name; empty off Windows."""
    markers: tuple[Path, ...]
    """Files to create once a build for the target went through."""


def resolve(
    tag: str, *, prefix: Path | None, toolchain: str | None, machine: Machine, reporter: Reporter
) -> Resolved:
    """Return the target that a wheel platform tag names, with everything that a build needs.

    Writes launchers and the target Python's development files below ``machine.cache``.

    :param prefix: ``--target-python``: an unpacked Python for the platform.
    :param toolchain: ``--toolchain``, one of :data:`crosshook.toolchains.NAMES`.
    :raises CrosshookError: in the words of the option that is at fault.
    """
    platform = parse_platform(tag, source="--target")
    chosen = _toolchain(toolchain, platform, machine, reporter)
    python = _target_python(prefix, platform, chosen, machine)
    target = Target(
        platform=platform,
        python=python.details,
        sysconfig_vars=python.sysconfig_vars,
        import_libraries=python.import_libraries,
        toolchain=chosen.toolchain,
    )
    return Resolved(
        # Through the parser, as every backend would read it.
        target=parse_target(target.to_json()),
        python_exports=python_exports(platform, machine.python_version),
        markers=chosen.markers,
    )


def runnable_python(platform: Platform, *, prefix: Path | None, machine: Machine) -> Runnable:
    """Return a Python for a platform that can be run, if there is an emulator for it.

    :param prefix: ``--target-python``; without it, the Python that runs crosshook serves the
        platform of this machine.
    :raises EmulatorError: if there is none.
    """
    version = machine.python_version
    if prefix is not None:
        interpreter = find_interpreter(prefix, platform, version)
        if interpreter is None:
            raise EmulatorError(
                f"--target-python: {prefix}: holds no Python {version[0]}.{version[1]} that could "
                "run the tests"
            )
        return Runnable(interpreter=interpreter, prefix=prefix)
    if platform.tag in machine.platform_tags:
        prefix = machine.executable.parent.parent
        return Runnable(interpreter=machine.executable, prefix=prefix)
    raise EmulatorError(
        f"no Python for {platform.tag} to run the tests with",
        hint="name an unpacked one: --target-python PREFIX; no tests: --test-command ''",
    )


def _toolchain(
    name: str | None, platform: Platform, machine: Machine, reporter: Reporter
) -> ToolchainPlan:
    if name == "msvc":
        if machine.system != "windows" or platform.row.msvc_arch is None:
            raise UsageError(
                f"--toolchain msvc: MSVC does not build for {platform.tag} on {machine.system}",
                hint="leave --toolchain out: zig does",
            )
        chosen = toolchains.msvc()
    elif name == "environment":
        chosen = toolchains.from_environment(machine.environ, platform)
    elif name == "zig":
        chosen = toolchains.overridden(_zig(platform, machine, reporter), machine.environ)
    elif name is None:
        chosen = _default_toolchain(platform, machine, reporter)
    else:
        raise UsageError(
            f"--toolchain: unknown toolchain {name!r}",
            hint=f"known: {', '.join(toolchains.NAMES)}",
        )
    _effects.write_launchers(chosen.launchers)
    for note in chosen.notes:
        reporter.note(note)
    return chosen


def _default_toolchain(platform: Platform, machine: Machine, reporter: Reporter) -> ToolchainPlan:
    """Return zig with what the environment names in its place; without zig, the environment's."""
    try:
        return toolchains.overridden(_zig(platform, machine, reporter), machine.environ)
    except ToolchainError:
        if not machine.environ.get("CC", "").strip():
            raise
        return toolchains.from_environment(machine.environ, platform)


def _zig(platform: Platform, machine: Machine, reporter: Reporter) -> ToolchainPlan:
    executable, version = zig.find_zig()
    directory = machine.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(machine.cache / "zig")
    marker = Path(directory) / "crosshook" / platform.zig_target
    if not marker.is_file():
        reporter.note(
            f"zig may compile libc for {platform.zig_target} first: a minute or two, once "
            f"(kept in {directory})"
        )
    plan = zig.plan(
        executable,
        version,
        platform,
        cache=machine.cache,
        zig_cache=directory,
        system=machine.system,
    )
    return replace(plan, markers=(marker,))


def _target_python(
    prefix: Path | None, platform: Platform, chosen: ToolchainPlan, machine: Machine
) -> TargetPython:
    """Return a target Python; its files are made now, or were by an earlier build."""
    version = machine.python_version
    kept = machine.cache / "pythons"
    name = "{}.{}-{}".format(*version, platform.row.plain_tag)
    if prefix is not None:
        # Read twice: where files are made is named after what is in them.
        draft = read_prefix(prefix, platform, version, directory=kept / name)
        made_of = hashlib.sha256(f"{prefix}\0{sorted(draft.files.items())}".encode()).hexdigest()
        directory = kept / f"{name}-{made_of[:12]}"
        composition = read_prefix(prefix, platform, version, directory=directory)
    else:
        dlltool = chosen.toolchain.commands.get("dlltool", ())
        if platform.row.dlltool_machine is not None and not dlltool:
            raise ToolchainError(
                f"{chosen.toolchain.name} has no dlltool to make Python's import libraries with",
                hint="set DLLTOOL, or name an unpacked Python for Windows: --target-python PREFIX",
            )
        made_of = fingerprint(platform, version, machine.headers)
        directory = kept / f"{name}-{made_of[:12]}"
        composition = compose(
            platform, version, headers=machine.headers, directory=directory, dlltool=dlltool
        )
    if composition.files:
        kept.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{directory}.lock"):
            if not directory.is_dir():
                _effects.realise(composition, directory)
    return composition.python
