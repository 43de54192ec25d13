"""Which of a project's files is built, and why none, when none is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version
from unearth import Package

from crosshook.errors import SourceError
from crosshook.frontend.sources._archive import SDIST_SUFFIXES, is_sdist_name

_SHOWN_VERSIONS = 5


def choose(
    packages: Sequence[Package],
    requirement: Requirement,
    *,
    python_version: tuple[int, int],
    pre: bool,
    looked_in: tuple[str, ...],
) -> Package:
    """Return the newest sdist that the requirement and the target Python allow.

    As with pip, pre-releases count if asked for or if there is nothing else, and a yanked file
    (PEP 592) only if the requirement pins its version. Among files of one version, what was found
    first wins, .tar.gz before the older formats.

    :param packages: Every file of the project, wheels too, in the order of preference.
    :raises SourceError: if none is left, with the reason.
    """
    sdists = [p for p in packages if is_sdist_name(p.link.filename)]
    fitting = [p for p in sdists if _runs_on(p, python_version)]
    usable = [p for p in fitting if not p.link.is_yanked]
    best = newest(usable, requirement.specifier, pre=pre)
    if best is None and _is_pinned(requirement.specifier):
        best = newest(fitting, requirement.specifier, pre=True)
    if best is None:
        raise _no_match(packages, sdists, fitting, requirement, python_version, looked_in)
    return best


def newest(packages: Iterable[Package], specifier: SpecifierSet, *, pre: bool) -> Package | None:
    """Return the file of the newest version that the specifier allows, sdists before wheels."""
    by_version: dict[Version, list[Package]] = {}
    for package in packages:
        by_version.setdefault(_version(package), []).append(package)
    allowed = list(specifier.filter(by_version, prereleases=True if pre else None))
    if not allowed:
        return None
    return min(by_version[max(allowed)], key=_format_rank)


def _format_rank(package: Package) -> int:
    name = package.link.filename.lower()
    ranks = (i for i, suffix in enumerate(SDIST_SUFFIXES) if name.endswith(suffix))
    return next(ranks, len(SDIST_SUFFIXES))


def _version(package: Package) -> Version:
    return Version(package.version or "0")


def _is_pinned(specifier: SpecifierSet) -> bool:
    return any(
        s.operator == "===" or (s.operator == "==" and not s.version.endswith(".*"))
        for s in specifier
    )


def _runs_on(package: Package, python_version: tuple[int, int]) -> bool:
    """Return whether any patch release of the target Python satisfies Requires-Python."""
    if not package.link.requires_python:
        return True
    major, minor = python_version
    try:
        wanted = SpecifierSet(package.link.requires_python)
        # Upper bounds in patch releases occur ("!=3.9.7"): the first or the last alone misleads.
        return any(wanted.contains(f"{major}.{minor}.{patch}") for patch in range(100))
    except (InvalidSpecifier, ValueError):
        # As pip has it: metadata of long ago, and no reason to refuse. Or numbers of more digits
        # than Python reads.
        return True


def _no_match(
    packages: Sequence[Package],
    sdists: Sequence[Package],
    fitting: Sequence[Package],
    requirement: Requirement,
    python_version: tuple[int, int],
    looked_in: tuple[str, ...],
) -> SourceError:
    """Say what stands in the way, the fact nearest to a match first."""
    name, specifier, where = requirement.name, requirement.specifier, ", ".join(looked_in)
    asked = f"{name}{specifier}"

    def matching(some: Iterable[Package]) -> list[Package]:
        return [p for p in some if specifier.contains(_version(p), prereleases=True)]

    if not packages:
        return SourceError(
            f"{asked}: no such project in {where}",
            hint="check the spelling, and where pip looks with `pip config list`",
        )
    if not sdists:
        return SourceError(
            f"{asked}: {where} has {name} {_versions(packages)} as wheels only, no sdist",
            hint="give a checkout of the project's source instead",
        )
    yanked = matching(p for p in fitting if p.link.is_yanked)
    if yanked:
        last = max(yanked, key=_version)
        why = last.link.yank_reason
        because = f": {why}" if isinstance(why, str) and why else ""
        return SourceError(
            f"{asked}: only yanked versions match, {_versions(yanked)}{because}",
            hint=f"to build it all the same, pin it: {name}=={last.version}",
        )
    excluded = matching(sdists)
    if excluded:
        last = max(excluded, key=_version)
        return SourceError(
            f"{asked}: {last.version} requires Python {last.link.requires_python}, "
            f"and the target Python is {python_version[0]}.{python_version[1]}",
            hint="ask for another version of the project or another target Python",
        )
    wheels = matching(packages)
    if wheels:
        return SourceError(
            f"{asked}: {where} has {_versions(wheels)} as wheels only, no sdist",
            hint=f"there are sdists of {_versions(sdists)}; or give a checkout of the source",
        )
    return SourceError(
        f"{asked}: no version matches in {where}", hint=f"there are sdists of {_versions(sdists)}"
    )


def _versions(packages: Iterable[Package]) -> str:
    found = sorted({_version(p) for p in packages}, reverse=True)
    shown = ", ".join(str(v) for v in found[:_SHOWN_VERSIONS])
    more = len(found) - _SHOWN_VERSIONS
    return f"{shown} and {more} older" if more > 0 else shown
