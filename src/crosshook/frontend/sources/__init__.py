"""From what the user typed to a source tree: a directory, an sdist, or a project's name."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from packaging.requirements import InvalidRequirement, Requirement

from crosshook._redact import redact
from crosshook.errors import ProjectError, SourceError, UsageError
from crosshook.frontend.sources._archive import is_sdist_name, read_limit, unpack
from crosshook.frontend.sources._pip_settings import told_of_packages

__all__ = ["Source", "obtain", "told_of_packages"]

_PROJECT_FILES = ("pyproject.toml", "setup.py")
_URL_SCHEMES = ("https://", "http://", "file://")
_NAMED_URL = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^]]*\])?\s*@\s*[A-Za-z0-9+.-]+://")
_VERSION_CONTROL = re.compile(r"(?:.*@\s*)?(?:git|hg|svn|bzr)\+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A source tree and where it came from."""

    tree: Path
    """The directory to build in; absolute."""
    origin: str
    """For messages: a path, or a requirement and its URL, without credentials."""
    kind: Literal["directory", "sdist", "requirement"]
    """``requirement`` for all that was looked up or fetched, a bare URL too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """What every way of fetching needs beside the thing itself."""

    workdir: Path
    limit: int
    """Bytes that an sdist may unpack to."""
    python_version: tuple[int, int]
    environ: Mapping[str, str]
    python: str
    report: Callable[[str], None]


def obtain(
    spec: str,
    workdir: Path,
    *,
    python_version: tuple[int, int],
    environ: Mapping[str, str],
    python: str,
    report: Callable[[str], None],
) -> Source:
    """Return the source tree that ``spec`` names.

    - A directory is used where it is; nothing is copied.
    - An sdist (PEP 625's ``.tar.gz``, or an older format) is unpacked into ``workdir``.
    - A requirement (PEP 508) is looked up where ``pip download`` would look, its newest sdist is
      downloaded and unpacked. ``NAME @ URL`` and a bare URL are fetched from that URL. Extras are
      ignored: the wheel is the same for all of them.

    :param workdir: Where sdists are downloaded and unpacked; removing it is the caller's.
    :param python_version: The target Python, compared with the Requires-Python of what is found.
    :param environ: For pip's settings, and how large an sdist may be; proxies and .netrc are read
        by the HTTP library itself.
    :param python: The interpreter whose pip is asked for its settings.
    :param report: Called with a line for each thing the user may want to know meanwhile.
    :raises UsageError: if ``spec`` is nothing of this, such as a wheel or a missing path.
    :raises ProjectError: if the tree holds neither pyproject.toml nor setup.py.
    :raises SourceError: if an sdist cannot be found, fetched or unpacked.
    """
    request = _Request(
        workdir=workdir.absolute(),
        limit=read_limit(environ),
        python_version=python_version,
        environ=environ,
        python=python,
        report=report,
    )
    if not spec.strip():
        raise UsageError("no project given", hint="give a directory, an sdist or a requirement")
    local = _local(spec, request)
    if local is not None:
        return local
    if _VERSION_CONTROL.match(spec):
        raise UsageError(
            f"{redact(spec)}: version control URLs are not supported",
            hint="clone it and give the directory",
        )
    if spec.lower().startswith(_URL_SCHEMES):
        return _from_url(spec, redact(spec), request)
    if not _NAMED_URL.match(spec) and _looks_like_path(spec):
        raise _missing(spec)
    try:
        requirement = Requirement(spec)
    except InvalidRequirement as error:
        raise UsageError(
            f"{redact(spec)}: neither a directory, nor an sdist, nor a requirement",
            hint="give a directory, NAME-VERSION.tar.gz, or a requirement such as NAME==VERSION",
            detail=redact(str(error)),
        ) from None
    return _from_requirement(requirement, request)


def _local(spec: str, request: _Request) -> Source | None:
    """Return the source that is on this disk, or None if ``spec`` names no such thing."""
    path = Path(spec).absolute()
    # os.path answers False for what can be no path at all; pathlib raises on too long a name.
    if os.path.isdir(spec):  # noqa: PTH112
        # Also for a bare name that is a project's on the index: to fetch and run code that the
        # user did not mean would be worse than to refuse.
        return Source(tree=_project(path, spec), origin=str(path), kind="directory")
    if not os.path.isfile(spec):  # noqa: PTH113
        return None
    if is_sdist_name(spec):
        tree = unpack(path, request.workdir, limit=request.limit)
        return Source(tree=_project(tree, spec), origin=str(path), kind="sdist")
    if spec.lower().endswith(".whl"):
        raise _is_a_wheel(spec)
    if path.name in _PROJECT_FILES:
        raise UsageError(
            f"{spec}: a file of a project, not the project",
            hint=f"give its directory: {path.parent}",
        )
    if _looks_like_path(spec):
        raise UsageError(
            f"{spec}: neither a directory nor an sdist",
            hint="sdists end in .tar.gz (or .zip, .tar.xz, .tar.bz2)",
        )
    return None


def _from_url(url: str, asked: str, request: _Request) -> Source:
    # Here, because a directory or an sdist on this disk needs no HTTP library.
    from crosshook.frontend.sources._index import fetch_url
    from crosshook.frontend.sources._pip_settings import read_pip_settings

    location = url.partition("#")[0].partition("?")[0]
    if location.lower().endswith(".whl"):
        raise _is_a_wheel(asked)
    is_file = url.lower().startswith("file:")
    if not is_file and not is_sdist_name(location):
        raise UsageError(
            f"{asked}: is not the URL of an sdist",
            hint="sdists end in .tar.gz (or .zip, .tar.xz, .tar.bz2)",
        )
    settings = read_pip_settings(
        environ=request.environ, python=request.python, report=request.report
    )
    fetched = fetch_url(url, request.workdir, settings=settings, report=request.report)
    origin = fetched.url if asked == fetched.url else f"{asked} ({fetched.url})"
    if fetched.path.is_dir():
        tree = _subdirectory(fetched.path, url, asked)
        return Source(tree=_project(tree, asked), origin=origin, kind="directory")
    if not is_sdist_name(fetched.path.name):
        raise UsageError(f"{asked}: is not the URL of an sdist or a directory")
    tree = _subdirectory(unpack(fetched.path, request.workdir, limit=request.limit), url, asked)
    return Source(tree=_project(tree, asked), origin=origin, kind="requirement")


def _from_requirement(requirement: Requirement, request: _Request) -> Source:
    from crosshook.frontend.sources._index import fetch_sdist
    from crosshook.frontend.sources._pip_settings import read_pip_settings

    asked = redact(str(requirement))
    if requirement.marker is not None:
        raise UsageError(
            f"{asked}: a marker has no meaning here: one project is built, or none",
            hint="leave out what follows the semicolon",
        )
    if requirement.extras:
        request.report(f"{asked}: the extras change nothing in a wheel, and are ignored")
    if requirement.url is not None:
        if _VERSION_CONTROL.match(requirement.url) or "://" not in requirement.url:
            raise UsageError(f"{asked}: not the URL of an sdist", hint="give a directory instead")
        return _from_url(requirement.url, requirement.name, request)
    settings = read_pip_settings(
        environ=request.environ, python=request.python, report=request.report
    )
    fetched = fetch_sdist(
        requirement,
        request.workdir,
        settings=settings,
        python_version=request.python_version,
        report=request.report,
    )
    tree = unpack(fetched.path, request.workdir, limit=request.limit)
    origin = f"{requirement.name}=={fetched.version} ({fetched.url})"
    return Source(tree=_project(tree, origin), origin=origin, kind="requirement")


def _subdirectory(tree: Path, url: str, asked: str) -> Path:
    """Follow ``#subdirectory=`` as pip has it, but not out of the tree."""
    match = re.search(r"[#&]subdirectory=([^&]*)", url)
    if match is None:
        return tree
    below = tree / unquote(match[1])
    if not below.resolve().is_relative_to(tree.resolve()) or not below.is_dir():
        raise SourceError(f"{asked}: there is no directory {match[1]!r} (#subdirectory) in it")
    return below


def _is_project(path: Path) -> bool:
    return any((path / name).is_file() for name in _PROJECT_FILES)


def _project(path: Path, asked: str) -> Path:
    if _is_project(path):
        return path
    below = sorted(child.name for child in path.iterdir() if child.is_dir() and _is_project(child))
    raise ProjectError(
        f"{asked}: no project: neither pyproject.toml nor setup.py is in {path}",
        hint=(
            f"did you mean {path / below[0]}?"
            if below
            else "give the directory that holds pyproject.toml or setup.py"
        ),
    )


def _looks_like_path(spec: str) -> bool:
    return (
        "/" in spec
        or os.sep in spec
        or spec.startswith((".", "~"))
        or spec.lower().endswith(".whl")
        or is_sdist_name(spec)
    )


def _missing(spec: str) -> UsageError:
    path = Path(spec)
    try:
        beside = [child.name for child in path.parent.iterdir()]
    except (OSError, ValueError):
        beside = []
    close = difflib.get_close_matches(path.name, beside, n=1)
    return UsageError(
        f"{redact(spec)}: no such file or directory",
        hint=(
            f"did you mean {path.parent / close[0]}?"
            if close
            else "give a directory, an sdist, or a requirement such as NAME==VERSION"
        ),
    )


def _is_a_wheel(spec: str) -> UsageError:
    return UsageError(
        f"{spec}: is a wheel, which is built already",
        hint="give the project's directory, its sdist or its name",
    )
