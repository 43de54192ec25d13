"""Which target Python, and from where: an unpacked one, or composed; and one to run tests with."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crosshook import _kept
from crosshook._types import Reporter
from crosshook.errors import EmulatorError, TargetPythonError, ToolchainError, UsageError
from crosshook.frontend.resolve.machine import Machine
from crosshook.frontend.resolve.wanted import Wanted
from crosshook.pythons.build_details import read_build_details
from crosshook.pythons.composed import Composition, compose, digest, fingerprint
from crosshook.pythons.description import TargetPython, check_pypy_is_built_for
from crosshook.pythons.exports import python_exports
from crosshook.pythons.identify import check_fit, identify
from crosshook.pythons.installed import find_headers, find_python
from crosshook.pythons.named import Named, read_target_python
from crosshook.pythons.offers import how_to_get, how_to_unpack
from crosshook.pythons.prefix import find_interpreter, headers_in
from crosshook.pythons.pypy import pypy_exports
from crosshook.pythons.realise import realise
from crosshook.pythons.several import pythons_in
from crosshook.target import Toolchain
from crosshook.target.implementations import PYPY
from crosshook.target.python_version import PythonVersion


@dataclass(frozen=True, kw_only=True, slots=True)
class Runnable:
    """A target's Python that may be run."""

    interpreter: Path
    prefix: Path
    """The directory that it was unpacked into."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A target Python, with its development files on this machine."""

    python: TargetPython
    exports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """As :attr:`crosshook.target.promise.Promise.exports`."""
    kept: tuple[Path, ...] = ()
    """The kept directories that it is in."""


def assign_prefixes(
    prefixes: Sequence[Path], wanted: Sequence[Wanted], machine: Machine, reporter: Reporter
) -> Mapping[Wanted, Path]:
    """Return which unpacked Python serves which target: the first that fits it.

    One for another platform is left out, and said to be: a list of them may be there for all the
    targets that a user ever builds for. Of a directory of several, those are taken that fit.

    :param prefixes: ``--target-python``.
    :raises UsageError: if one is not there, or is not a Python.
    """
    assigned: dict[Wanted, Path] = {}
    for prefix in prefixes:
        several = pythons_in(prefix)
        if several:
            _assign_several(prefix, several, wanted, assigned, reporter)
            continue
        problems = []
        for target in wanted:
            try:
                check_fit(prefix, target.platform, target.python)
            except TargetPythonError as error:
                problems.append(error)
            else:
                assigned.setdefault(target, prefix)
        if prefix in assigned.values():
            continue
        if _has_needed_headers(prefix, wanted, machine):
            reporter.note(
                f"{prefix}: for none of the targets; its headers are taken, and nothing else"
            )
            continue
        found = identify(prefix)
        if found is None:
            raise UsageError(
                f"--target-python: {prefix}: not a Python for a platform that is known",
                detail="\n".join(f"  - {problem.message}" for problem in problems) or None,
            )
        reporter.warn(f"--target-python: {prefix}: {found}, which serves no target of this run")
    return assigned


def _assign_several(
    directory: Path,
    prefixes: Sequence[Path],
    wanted: Sequence[Wanted],
    assigned: dict[Wanted, Path],
    reporter: Reporter,
) -> None:
    """Add the Pythons in a directory that fit a target; warn if none does."""
    fits = False
    for prefix in prefixes:
        for target in wanted:
            with contextlib.suppress(TargetPythonError):
                check_fit(prefix, target.platform, target.python)
                assigned.setdefault(target, prefix)
                fits = True
    if not fits:
        found = ", ".join(prefix.name for prefix in prefixes)
        reporter.warn(
            f"--target-python: {directory}: none of the Pythons in it serves a target: {found}"
        )


def _has_needed_headers(prefix: Path, wanted: Sequence[Wanted], machine: Machine) -> bool:
    """Tell whether a directory has headers of a wanted version that are nowhere else here."""
    return any(
        headers_in(prefix, version) is not None and _installed_headers(version, machine) is None
        for version in {target.python for target in wanted}
    )


def read_named(
    named: Path, wanted: Wanted, toolchain: Toolchain, machine: Machine, reporter: Reporter
) -> Found:
    """Return the target Python that the user named, with the files made that have to be.

    :param named: An unpacked Python, or the ``build-details.json`` of one.
    :raises TargetPythonError: if it is not one for the target.
    """
    platform, version = wanted.platform, wanted.python

    def read(directory: Path) -> Named:
        return read_target_python(
            named,
            platform,
            version,
            directory=directory,
            compose=lambda: _composition(wanted, toolchain, machine, directory),
        )

    # Read twice: where files are made is named after what is in them.
    draft = read(Path())
    for note in draft.notes:
        reporter.note(note)
    directory = _place(wanted, digest(draft.composition), machine)
    found = _realised(read(directory).composition, directory, reporter)
    if draft.unpacked and platform.system.links_python:
        exports = _exports_of(Path(found.python.details["base_prefix"]))
    elif version.implementation is PYPY:
        exports = pypy_exports(Path(found.python.details["base_prefix"]), platform, version)
    else:
        exports = python_exports(platform, version)
    return replace(found, exports=exports, kept=(*found.kept, *_kept.kept_above(named)))


def compose_python(
    wanted: Wanted, toolchain: Toolchain, machine: Machine, reporter: Reporter
) -> Found:
    """Return a target Python made of headers on this machine and of facts.

    :raises ToolchainError: if there is no dlltool for import libraries.
    :raises TargetPythonError: if there are no headers of its version here, or no facts; or if it is
        not CPython.
    """
    platform, version = wanted.platform, wanted.python
    made_of = fingerprint(platform, version, _headers(wanted, machine))
    directory = _place(wanted, made_of, machine)
    composition = _composition(wanted, toolchain, machine, directory)
    found = _realised(composition, directory, reporter)
    return replace(found, exports=python_exports(platform, version))


def runnable_python(wanted: Wanted, *, prefix: Path | None, machine: Machine) -> Runnable:
    """Return a Python for a target that can be run, if there is an emulator for it.

    :param prefix: An unpacked one, or the ``build-details.json`` of one; without it, one that is
        installed serves the platform of this machine.
    :raises EmulatorError: if there is none.
    """
    platform, version = wanted.platform, wanted.python
    if prefix is not None:
        if prefix.is_file():
            prefix = Path(read_build_details(prefix, platform, version).data["base_prefix"])
        interpreter = find_interpreter(prefix, platform, version)
        if interpreter is None:
            raise EmulatorError(
                f"{prefix}: holds no {version.title} that could run the tests",
                hint="name another: --target-python PREFIX; no tests: --test-command ''",
            )
        return Runnable(interpreter=interpreter, prefix=prefix)
    if platform.tag in _own_platform_tags():
        own = machine.python
        if own.version != version:
            found = find_python(version, environ=machine.environ, cache=machine.cache)
            if found is None:
                raise EmulatorError(
                    f"no {version.title} on this machine to run the tests with",
                    hint=how_to_get(platform, version, machine),
                )
            own = found
        return Runnable(interpreter=own.executable, prefix=own.executable.parent.parent)
    raise EmulatorError(
        f"no {version.title} for {platform.tag} to run the tests with",
        hint=how_to_get(platform, version, machine),
    )


def _own_platform_tags() -> frozenset[str]:
    """Return the platform tags of wheels that can be installed on this machine."""
    import packaging.tags

    return frozenset(packaging.tags.platform_tags())


_OLDEST_FOR_BACKENDS = (3, 10)
"""The oldest Python that the wrapper runs in: ``requires-python`` of crosshook."""


def backend_interpreter(
    version: PythonVersion, machine: Machine, *, isolated: bool, reporter: Reporter
) -> Path | None:
    """Return the CPython to run a backend with, for a target Python of some version.

    One of the same minor version if there is one here; otherwise the Python that runs crosshook,
    which in the build speaks of the target's version. None stands for that.
    """
    own = machine.python.version
    if own.numbers == version.numbers:
        return None
    found = None
    if isolated and version.numbers >= _OLDEST_FOR_BACKENDS:
        same = PythonVersion(major=version.major, minor=version.minor)
        found = find_python(same, environ=machine.environ, cache=machine.cache)
    if found is None:
        reporter.note(
            f"no Python {version.dotted} here to run the backend with: {own.title} does, and "
            f"speaks of {version.title}"
        )
        return None
    return found.executable


def _headers(wanted: Wanted, machine: Machine) -> Path:
    """Return the include directory of a CPython of a target's minor version on this machine.

    For whatever platform: but for pyconfig.h they are the same for all.
    """
    version = wanted.python
    if not version.implementation.is_composed:
        check_pypy_is_built_for(wanted.platform, version)
        raise TargetPythonError(
            f"{version.title} for {wanted.platform.tag} cannot be composed: only CPython's "
            "development files are known well enough",
            hint=how_to_unpack(wanted.platform, version, machine),
        )
    found = _installed_headers(version, machine)
    if found is not None:
        return found
    for prefix in machine.unpacked:
        headers = headers_in(prefix, version)
        if headers is not None and not any(map(_kept.what_is_wrong, _kept.kept_above(prefix))):
            return headers
    raise TargetPythonError(
        f"the headers of Python {version.dotted} are not on this machine",
        hint=f"install them: the package is python{version.dotted}-dev or "
        f"python{version.dotted}-devel; or take a Python that has them: --python-source uv",
    )


def _installed_headers(version: PythonVersion, machine: Machine) -> Path | None:
    own = machine.python
    if own.version.numbers == version.numbers and (own.headers / "Python.h").is_file():
        return own.headers
    found = find_headers(version, environ=machine.environ, cache=machine.cache)
    return found.headers if found is not None else None


def _composition(
    wanted: Wanted, toolchain: Toolchain, machine: Machine, directory: Path
) -> Composition:
    platform, version = wanted.platform, wanted.python
    dlltool = toolchain.commands.get("dlltool", ())
    if platform.system.dlltool_machine(platform.row) is not None and not dlltool:
        raise ToolchainError(
            f"{toolchain.name} has no dlltool to make Python's import libraries with",
            hint="set DLLTOOL, or name an unpacked Python for Windows: --target-python PREFIX",
        )
    headers = _headers(wanted, machine)
    return compose(platform, version, headers=headers, directory=directory, dlltool=dlltool)


def _place(wanted: Wanted, made_of: str, machine: Machine) -> Path:
    """Return where the files of a target Python are kept, by a digest of what is in them."""
    platform, version = wanted.platform, wanted.python
    return machine.cache / "pythons" / f"{version}-{platform.row.plain_tag}-{made_of[:12]}"


def _exports_of(prefix: Path) -> Mapping[str, frozenset[str]]:
    """Return what the DLLs of an unpacked Python for Windows export, by their names."""
    from crosshook.wheel.objects import exported_names

    found = {}
    for dll in sorted(prefix.glob("python3*.dll")):
        names = exported_names(dll.read_bytes())
        if names is None:
            raise TargetPythonError(f"--target-python: {dll}: its export table cannot be read")
        found[dll.name.lower()] = names
    return found


def _realised(composition: Composition, directory: Path, reporter: Reporter) -> Found:
    """Make the files of a composition, unless an earlier build did."""
    kept: tuple[Path, ...] = ()
    if composition.files:
        _kept.keep_directory(
            directory, lambda draft: realise(composition, draft), note=reporter.note
        )
        kept = (directory,)
    _check_development_files(composition.python)
    return Found(python=composition.python, kept=kept)


def _check_development_files(python: TargetPython) -> None:
    """Check that what modules are compiled against and linked to is there.

    A compiler takes a directory of headers that is not there for none, and finds others.
    """
    headers = Path(python.details["c_api"]["headers"])
    needed = [headers / "Python.h", headers / "pyconfig.h"]
    needed += map(Path, python.import_libraries.values())
    for file in needed:
        if not file.is_file():
            raise TargetPythonError(f"{file}: not there, and needed to build for the target Python")
