"""Pack the C libraries that a wheel needs into it, by ``repairwheel``.

``repairwheel`` does for a wheel of any platform, on any machine, what auditwheel, delvewheel and
delocate do: it has their rules, and changes the object files itself. auditwheel takes ``patchelf``,
and libraries from where this machine's loader looks; delocate needs macOS.

It is not trusted: what it made is checked as any wheel is.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crosshook import _processes
from crosshook._types import Reporter
from crosshook.errors import LibraryError
from crosshook.frontend import modules
from crosshook.libraries.prefix import prefixes_of
from crosshook.libraries.provenance import describe, documents
from crosshook.target import Target
from crosshook.target.platforms import Platform
from crosshook.target.promise import Promise
from crosshook.wheel.adding import add_files, write_files
from crosshook.wheel.linking import link
from crosshook.wheel.objects import elf, mach_o
from crosshook.wheel.reading import Wheel, read_wheel
from crosshook.wheel.retag import retag


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A library that a wheel needs, and has not."""

    name: str
    """As object files name it."""
    file: Path
    """Where it is among the libraries for the target."""


def repaired(
    wheel: Path,
    target: Target,
    promise: Promise,
    mode: str,
    *,
    environ: Mapping[str, str],
    work: Path,
    reporter: Reporter,
) -> Path:
    """Return a wheel with the libraries in it that it needs; the same one, if that is nothing.

    Where the target's libraries are on this machine, its files do not say afterwards.

    :param mode: One of :data:`crosshook.frontend.request.REPAIR`; ``auto`` packs what is
        among the target's libraries.
    :param work: A directory for files of this call.
    :raises LibraryError: if repairwheel is not installed, or fails.
    :raises RefusedWheel: if it is no wheel.
    """
    read = read_wheel(wheel)
    if mode == "never" or not read.objects:
        return _without_directories(wheel, target)
    found = tuple(missing_libraries(read, target, promise))
    if mode == "auto" and not found:
        return _without_directories(wheel, target)
    if found:
        reporter.step(f"packing into the wheel: {', '.join(one.name for one in found)}")
    made = _run(wheel, target, environ=environ, work=work)
    # It works out a tag of its own. Which one is right, the checks say.
    made = _without_directories(retag(made, wheel.stem.rpartition("-")[2]), target)
    packed = _packed(read, read_wheel(made))
    described = {name: describe(name, prefixes_of(target)) for name in packed}
    for name, library in described.items():
        reporter.note(f"packed into the wheel: {name} ({library.said})")
        if not library.licences:
            reporter.warn(f"{name}: its licence was not found; the wheel has to bring it")
    return add_files(made, documents(read, described))


def missing_libraries(wheel: Wheel, target: Target, promise: Promise) -> Iterator[Found]:
    """Yield what is needed, is not promised by the tag nor in the wheel, and is among the
    libraries for the target."""
    links = link(wheel, promise.for_wheel(wheel.tags))
    names = {
        library: None
        for placed in links.placed.values()
        for library in placed.image.needed
        if (placed.name, library) not in links.bound and not promise.brings(library)
    }
    directories = _directories(target)
    for name in names:
        base = PurePosixPath(name).name
        for directory in directories:
            if (directory / base).is_file():
                yield Found(name=base, file=directory / base)
                break


def newer_target(wheel: Wheel, platform: Platform) -> str | None:
    """Return what to type where files in a wheel need a newer glibc than its target promises.

    None where none does.
    """
    if platform.glibc is None:
        return None
    needed = max(
        (
            (int(found[1]), int(found[2]))
            for one in wheel.objects
            for version in one.versions
            if (found := re.fullmatch(r"GLIBC_(\d{1,3})\.(\d{1,3})(\.\d+)?", version, re.ASCII))
        ),
        default=(0, 0),
    )
    if needed <= platform.glibc:
        return None
    tag = platform.row.system.tag_of(needed, platform.row)
    return f"--target {tag} promises what it needs; or libraries that were built for an older glibc"


def _without_directories(wheel: Path, target: Target) -> Path:
    """Return a wheel in which nothing looks for libraries where they were on this machine.

    CMake, Meson and some ``setup.py`` link so that what they built runs where it was built.
    """

    def is_ours(path: str) -> bool:
        return any(Path(path).is_relative_to(root) for root in target.libraries)

    changed = {}
    for found in read_wheel(wheel).objects if target.libraries else ():
        paths = (path for one in found.images for path in (*one.rpath, *one.runpath))
        if found.format in _WITHOUT and any(map(is_ours, paths)):
            with zipfile.ZipFile(wheel) as archive:
                changed[found.name] = _WITHOUT[found.format](archive.read(found.name), is_ours)
    return write_files(wheel, changed)


_WITHOUT = {"ELF": elf.without_search_paths, "Mach-O": mach_o.without_search_paths}
"""By the formats whose files say where they look for libraries."""


def _directories(target: Target) -> tuple[Path, ...]:
    """Return where shared libraries are; DLLs are where programs are."""
    return tuple(
        directory
        for prefix in prefixes_of(target)
        for directory in (*map(Path, prefix.library), prefix.root / "bin")
    )


def _packed(before: Wheel, after: Wheel) -> Sequence[str]:
    known = {found.name for found in before.objects}
    return [found.name for found in after.objects if found.name not in known]


def _run(wheel: Path, target: Target, *, environ: Mapping[str, str], work: Path) -> Path:
    if importlib.util.find_spec("repairwheel") is None:
        raise LibraryError(
            f"{wheel.name}: repairwheel is not installed, which packs libraries into wheels",
            hint='pip install "crosshook[repair]"; or link to static libraries, or --repair never',
        )
    out = work / "repaired"
    out.mkdir()
    # By its name alone: what it is given is a pattern.
    command = [*modules.run(sys.executable, "repairwheel"), wheel.name, "-o", str(out)]
    for directory in _directories(target):
        if directory.is_dir():
            command += ["--lib-dir", str(directory)]
    output = _processes.Tail()
    code = _processes.run(
        [*command, "--no-sys-paths"], cwd=str(wheel.parent), environ=environ, output=output
    )
    made = list(out.glob("*.whl"))
    if code == 0 and len(made) == 1:
        return made[0]
    raise LibraryError(
        f"{wheel.name}: repairwheel failed: no libraries were packed into it",
        hint="--repair never leaves them out: then link to static libraries",
        detail=output.text() or None,
    )
