"""Wheels that are in the output directory already: ``--skip-existing``.

A wheel is known by its name before it is built: the project, its version and the tags that the
target accepts. Name and version are read where they cannot be others: in ``[project]``, or in an
sdist's ``PKG-INFO`` (PEP 643). Otherwise the backend is asked for the metadata.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from crosshook import _files, _processes
from crosshook._types import Reporter
from crosshook.errors import CrosshookError, RefusedWheel
from crosshook.frontend import workplace
from crosshook.frontend.algorithm import Built
from crosshook.frontend.environments import Environment
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.frontend.working_copy import working_copy
from crosshook.project import Project
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target, check_requires_python

_PREPARE = "prepare_metadata_for_build_wheel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What the first two parts of a wheel's name say."""

    name: str
    """Normalised."""
    version: Version


def declared_release(project: Project, *, unpacked: bool) -> Release | None:
    """Return what a project's files say of its name and version; None if they leave it open.

    :param unpacked: Whether the source tree comes from an sdist.
    """
    if project.name is not None and project.version is not None:
        return _release(project.name, project.version)
    file = project.root / "PKG-INFO"
    if not unpacked or not file.is_file():
        return None
    headers = HeaderParser().parsestr(file.read_text(encoding="utf-8", errors="replace"))
    # Before 2.2, a version in it could be another than that of the wheel.
    metadata = _version(headers.get("Metadata-Version"))
    if metadata is None or metadata < Version("2.2"):
        return None
    return _release(headers.get("Name"), headers.get("Version"))


def prepared_release(
    project: Project, environment: Environment, work: Path, *, timeout: float | None
) -> Release | None:
    """Return what the project's backend says of its name and version; None if it cannot be asked.

    :param work: An empty directory that the caller removes.
    :raises CrosshookError: if it fails.
    """
    copy = working_copy(project, work / "tree")
    path = [RELAY_DIRECTORY, environment.environ.get("PYTHONPATH", "")]
    own = {
        "PYTHONPATH": os.pathsep.join(entry for entry in path if entry),
        **workplace.environ_of(work),
    }
    hooks = HookCaller(
        root=copy.root,
        backend=project.delegate,
        python=environment.python,
        runner=_processes.hook_runner(
            {**environment.environ, **own}, output=_processes.Tail(), timeout=timeout
        ),
    )
    there = hooks.available()
    if _PREPARE not in there:
        return None
    if "get_requires_for_build_wheel" in there:
        environment.install(hooks.get_requires_for_build_wheel(None))
    directory = work / "metadata"
    _files.make_directory(directory)
    found = hooks.prepare_metadata_for_build_wheel(directory, None)
    text = (found / "METADATA").read_text(encoding="utf-8", errors="replace")
    headers = HeaderParser().parsestr(text)
    return _release(headers.get("Name"), headers.get("Version"))


def _release(name: str | None, version: str | None) -> Release | None:
    parsed = _version(version)
    if not name or parsed is None:
        return None
    return Release(name=canonicalize_name(name), version=parsed)


def _version(text: str | None) -> Version | None:
    with contextlib.suppress(InvalidVersion):
        return Version(text or "")
    return None


def find(
    there: Sequence[Path],
    release: Release,
    promise: Promise,
    *,
    require_native: bool,
    reporter: Reporter,
) -> Built | None:
    """Return which wheel of those that are there is one of a release, and right for a target.

    :param require_native: Take none without compiled code.
    :param reporter: Is told of each that is there and wrong.
    """
    for path in _named(there, release, promise):
        try:
            digest = _files.digest(path)
            wheel = accept_for_target(path, promise)
            check_requires_python(wheel, promise)
        except (RefusedWheel, OSError) as error:
            reporter.warn(f"{path}: is there, and wrong: it is built anew: {error}")
            continue
        if wheel.objects or not require_native:
            return Built(wheel=wheel, digest=digest, hook="", remarks=())
    return None


def _named(there: Sequence[Path], release: Release, promise: Promise) -> Iterator[Path]:
    for path in there:
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except (InvalidWheelFilename, InvalidVersion):
            continue
        if Release(name=name, version=version) == release and not tags.isdisjoint(promise.accepted):
            yield path


class ReleaseOnce:
    """Finds out a project's release when it is first asked for; may be used by several threads."""

    def __init__(self, project: Project, place: Path, *, timeout: float | None) -> None:
        self._project = project
        self._place = place
        self._timeout = timeout
        self._lock = threading.Lock()
        self._known = False
        self._release: Release | None = None

    def get(self, environment: Callable[[], Environment], reporter: Reporter) -> Release | None:
        """Return it; None if it is not known before the wheel is built, which is said then.

        :param environment: Returns where the backend can be asked; called if it has to be.
        """
        with self._lock:
            if not self._known:
                self._release = self._find(environment, reporter)
                self._known = True
            return self._release

    def _find(self, environment: Callable[[], Environment], reporter: Reporter) -> Release | None:
        unpacked = self._project.root.is_relative_to(self._place)
        found = declared_release(self._project, unpacked=unpacked)
        if found is not None:
            return found
        why = f"its backend has no {_PREPARE}"
        work = self._place / "metadata"
        _files.make_directory(work)
        try:
            found = prepared_release(self._project, environment(), work, timeout=self._timeout)
        except CrosshookError as error:
            why = error.message
        if found is None:
            reporter.note(f"--skip-existing: the version is not known before the build: {why}")
        return found
