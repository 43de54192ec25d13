"""Check a wheel that is there already, whoever built it: against a target, or its own tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag

from crosshook.errors import RefusedWheel, UsageError
from crosshook.frontend.resolve.wanted import Wanted, wanted_targets
from crosshook.pythons.composed import composable_versions
from crosshook.pythons.description import describe_python
from crosshook.pythons.exports import python_exports
from crosshook.target import Target
from crosshook.target.implementations import PYPY
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.promise import Promise, promise_of
from crosshook.target.python_version import PythonVersion, parse_python_version, title_of
from crosshook.target.systems import SYSTEMS
from crosshook.target.tags import oldest_of_stable_abi, own_abi
from crosshook.wheel.checks import (
    check_requires_python,
    purity_problems,
    target_problems,
    target_remarks,
)
from crosshook.wheel.reading import Wheel, read_wheel

_ANY_PYTHON = PythonVersion(major=3, minor=0)
_PYPY = re.compile(rf"{PYPY.tag}3\d{{1,2}}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What came of one check of a wheel."""

    wheel: Path
    target: str
    """A wheel platform tag, or ``any`` for a pure wheel that was checked for no target."""
    python: str | None
    """The minor version of the target Python; None for a pure wheel."""
    problems: tuple[str, ...]
    """Why an installer, or Python, would fail with it there, a line each; empty if it is right."""
    remarks: tuple[str, ...] = ()
    """What is odd and no fault."""

    @property
    def checked_for(self) -> str:
        """For messages: ``win_arm64, Python 3.13``; the target alone of a pure wheel."""
        python = () if self.python is None else (title_of(self.python),)
        return ", ".join((self.target, *python))


def examine(
    path: Path, *, targets: Sequence[str] = (), pythons: Sequence[str] = ()
) -> tuple[Examined, ...]:
    """Return what comes of checking a wheel for each target with each Python.

    :param path: The wheel.
    :param targets: Wheel platform tags; without any, those that the wheel has itself.
    :param pythons: Minor versions, ``3.13`` or ``pypy3.11``; without any, those that its tags
        name, and of a stable ABI the oldest.
    :raises UsageError: if a target or a Python cannot be understood, or nothing is known of it.
    """
    try:
        wheel = read_wheel(path)
    except RefusedWheel as error:
        problems = error.problems or (error.message,)
        return (Examined(wheel=path, target="none", python=None, problems=problems),)
    if not targets and all(tag.platform == "any" for tag in wheel.tags):
        pure = purity_problems(wheel)
        return (Examined(wheel=path, target="any", python=None, problems=pure),)
    wanted = targets_of(wheel, targets=targets, pythons=pythons)
    return tuple(_examined(wheel, one) for one in wanted)


def targets_of(
    wheel: Wheel, *, targets: Sequence[str], pythons: Sequence[str]
) -> tuple[Wanted, ...]:
    """Return what a wheel is for; parameters and errors as of :func:`examine`."""
    tags = targets or [platform.tag for platform in _own_platforms(wheel)]
    wanted = wanted_targets(tags, pythons, default=_ANY_PYTHON)
    if pythons:
        return wanted
    return tuple(
        Wanted(platform=one.platform, python=version)
        for one in wanted
        for version in _own_pythons(wheel, one.platform)
    )


def target_for(platform: Platform, version: PythonVersion) -> Target:
    """Return a target without a toolchain, and with a Python that is nowhere on this machine."""
    python = describe_python(platform, version, prefix="/python", headers="/python/include")
    return Target(platform=platform, python=python.details)


def promise_for(platform: Platform, version: PythonVersion) -> Promise:
    """Return what a platform and a Python promise to a wheel, without having that Python.

    :raises TargetPythonError: if nothing is known of it.
    """
    return promise_of(target_for(platform, version), python_exports(platform, version))


def _examined(wheel: Wheel, wanted: Wanted) -> Examined:
    promise = promise_for(wanted.platform, wanted.python)
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    if all(tag.platform == "any" for tag in wheel.tags):
        problems = purity_problems(wheel)
    else:
        problems = target_problems(wheel, promise)
        remarks = target_remarks(wheel, promise)
    try:
        check_requires_python(wheel, promise)
    except RefusedWheel as error:
        problems = tuple(dict.fromkeys((*problems, *error.problems)))
    return Examined(
        wheel=wheel.path,
        target=wanted.platform.tag,
        python=str(wanted.python),
        problems=problems,
        remarks=remarks,
    )


def _own_platforms(wheel: Wheel) -> tuple[Platform, ...]:
    """Return the platforms that a wheel says it is for, each processor of a system once.

    :raises UsageError: if nothing is known of one.
    """
    found: dict[tuple[str, str], Platform] = {}
    for name in sorted({tag.platform for tag in wheel.tags}):
        for platform in _platforms_called(name):
            key = platform.system.name, platform.row.arch
            before = found.get(key)
            # Of several it has to serve the newest; that it serves the older is checked as well.
            if before is None or (before.version or (0, 0)) < (platform.version or (0, 0)):
                found[key] = platform
    return tuple(found.values())


def _platforms_called(name: str) -> Iterator[Platform]:
    """Yield the platforms of a tag; an older version than is built for stands for the oldest."""
    known = False
    for system in SYSTEMS:
        for row in system.rows:
            read = system.read_tag(name.replace("_universal2", f"_{row.arch}"))
            if read is None or read[0] is not row:
                continue
            known = True
            version, oldest = read[1], system.oldest_named(row)
            tag = name.replace("_universal2", f"_{row.arch}")
            if version is not None and oldest is not None and not name.startswith("linux_"):
                usable = version if system.exists(version) else oldest
                tag = tag if usable >= oldest and usable == version else system.tag_of(oldest, row)
            yield parse_platform(tag, source="the wheel's tag")
    if not known:
        parse_platform(name, source="the wheel's tag")


def _own_pythons(wheel: Wheel, platform: Platform) -> tuple[PythonVersion, ...]:
    """Return the Pythons that a wheel says it is for, of those that something is known of.

    :raises UsageError: if there is none.
    """
    known = composable_versions(platform)
    found = dict.fromkeys(version for tag in wheel.tags for version in _pythons_of(tag, known))
    if not found:
        names = ", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in wheel.tags}))
        raise UsageError(
            f"{wheel.path.name}: its tags name no Python that crosshook knows: {names}",
            hint=f"known: {', '.join(map(str, known))}" if known else None,
        )
    return tuple(found)


def _pythons_of(tag: Tag, known: Sequence[PythonVersion]) -> Iterator[PythonVersion]:
    oldest = oldest_of_stable_abi(tag)
    if oldest is None and tag.abi == "none":
        oldest = _ANY_PYTHON
    if oldest is not None:
        newer = (
            version
            for version in known
            if version.numbers >= oldest.numbers and version.free_threaded == oldest.free_threaded
        )
        yield from [version for _, version in zip(range(1), newer, strict=False)]
    elif tag.abi.startswith("cp3"):
        named = parse_python_version(tag.abi, source="the wheel's tag")
        if named in known:
            yield named
    elif _PYPY.fullmatch(tag.interpreter):
        named = parse_python_version(tag.interpreter, source="the wheel's tag")
        if tag.abi == own_abi(named, ()):
            yield named
