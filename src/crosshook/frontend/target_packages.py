"""Installs, for a target, the packages that a project is compiled against.

Which: of what the build environment was asked for, the packages that
:data:`crosshook.adapters.known_packages.KNOWN` lists, and all that
``[tool.crosshook] target-requires`` names. In the version that the build environment has, so that
the code which is generated there, Cython's for one, and the headers belong together.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag
from packaging.utils import canonicalize_name

from crosshook._types import Reporter
from crosshook.adapters.known_packages import KNOWN
from crosshook.errors import CrosshookError
from crosshook.frontend import pip_for_target
from crosshook.frontend.environments import Environment, Installed
from crosshook.frontend.pip_for_target import TargetSite
from crosshook.project import Project
from crosshook.target import Target
from crosshook.target.markers import environment_markers
from crosshook.target.platforms import parse_platform
from crosshook.target.tags import installable_tags


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    requirement: str
    """PEP 508."""
    built: Installed | None
    """What the build environment has of it."""
    header_only: bool


def provide(
    target: Target,
    project: Project,
    requires: Sequence[str],
    *,
    environment: Environment,
    work: Path,
    reporter: Reporter,
) -> Target:
    """Return the target with its ``target_packages``, unless nothing is needed.

    :param requires: PEP 508 requirements that were installed in the build environment.
    :param environment: Where they were.
    :param work: A directory for files of this call, and for the packages.
    :raises CrosshookError: if there is no wheel for the target, but of packages that are the same
        on every platform: there, the files of the build environment are taken.
    """
    wanted = tuple(_wanted(project, requires, environment))
    if not wanted or target.target_packages is not None:
        return target
    directory = work / "target-packages"
    site = TargetSite(
        directory=directory,
        python_version=target.python_version.dotted,
        tags=_tags(target),
        markers=environment_markers(target),
    )
    names = [one.requirement for one in wanted]
    reporter.step(f"installing for {target.platform.tag}, to compile against: {', '.join(names)}")
    try:
        pip_for_target.install(site, names, environ=environment.environ, work=work)
    except CrosshookError:
        # Each for itself: the error names the one that is missing.
        for one in wanted:
            _install_one(one, site, environment, work, reporter)
    return replace(target, target_packages=str(directory))


def _wanted(
    project: Project, requires: Sequence[str], environment: Environment
) -> Iterator[_Wanted]:
    own = dict(_by_name(project.settings.target_requires))
    known = [name for name, _ in _by_name((*project.requires, *requires)) if name in KNOWN]
    names = tuple(dict.fromkeys([*known, *own]))
    installed = environment.installed(names) if names else {}
    for name in names:
        built = installed.get(name)
        if built is None and name not in own:
            # An environment marker leaves it out.
            continue
        yield _Wanted(
            requirement=f"{name}=={built.version}" if built is not None else own[name],
            built=built,
            header_only=name in KNOWN and KNOWN[name].header_only,
        )


def _install_one(
    wanted: _Wanted, site: TargetSite, environment: Environment, work: Path, reporter: Reporter
) -> None:
    try:
        pip_for_target.install(site, [wanted.requirement], environ=environment.environ, work=work)
    except CrosshookError as error:
        if wanted.header_only and wanted.built is not None:
            reporter.note(
                f"{wanted.requirement}: not for the target: the build environment's, "
                "which is the same"
            )
            _copy(wanted.built, site.directory)
            return
        raise CrosshookError(
            f"{wanted.requirement}: no wheel for {site.markers['sys_platform']}, "
            f"{site.markers['platform_machine']}, Python {site.python_version}, which the "
            "extension modules are compiled against",
            hint="build one and name its directory: PIP_FIND_LINKS=DIRECTORY",
            detail=error.detail,
        ) from None


def _copy(installed: Installed, directory: Path) -> None:
    for name in installed.files:
        # Programs are outside of site-packages.
        if not name.startswith(".."):
            place = directory / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(installed.directory) / name, place)


def _by_name(requirements: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in requirements:
        with contextlib.suppress(InvalidRequirement):
            yield canonicalize_name(Requirement(text).name), text


def _tags(target: Target) -> tuple[Tag, ...]:
    row = target.platform.row
    if row.system.newest is None:
        return installable_tags(target, None)
    # What is compiled against need not run on the oldest system that the wheel is for.
    newest = parse_platform(row.system.tag_of(row.system.newest, row), source="target-requires")
    return installable_tags(replace(target, platform=newest), newest.glibc)
