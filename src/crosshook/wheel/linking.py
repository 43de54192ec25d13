"""Which file of a wheel each needed library is, by the rules of the system's own loader.

A library counts as held only where the loader looks for it: a file of the right name is not enough.
The rules are those of ``ld.so(8)`` for glibc, of musl's ``ldso/dynlink.c``, of ``dyld(1)``, and of
Microsoft's "Dynamic-link library search order" for a module that Python loads with
``LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR``.
"""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crosshook.target.promise import Promise
from crosshook.wheel.objects import Image, ObjectFile
from crosshook.wheel.reading import Wheel

_ORIGINS = ("$ORIGIN", "${ORIGIN}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A file with code for the target, where it will be installed."""

    name: str
    """Its path inside the wheel."""
    place: str
    """Its path below the prefix of a Python; behind a colon for a file in an archive inside."""
    image: Image

    @property
    def directory(self) -> str:
        return posixpath.dirname(self.place)


Chain = tuple[Placed, ...]
"""A file that is loaded, behind those that it is loaded for: first the one that Python loads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """What the files of a wheel are linked to, among themselves."""

    placed: Mapping[str, Placed]
    """By the path inside the wheel."""
    bound: Mapping[tuple[str, str], Placed]
    """The file that a needed library is, by the file that needs it and the name it has there."""
    together: Mapping[str, frozenset[str]]
    """The files that may be loaded along with each, itself among them."""

    def loaded_with(self, name: str) -> Iterator[Image]:
        """Yield what is loaded along with a file, itself included."""
        return (self.placed[other].image for other in self.together.get(name, ()))


def link(wheel: Wheel, promise: Promise) -> Links:
    """Return what the files of a wheel for a target are linked to."""
    placed = {
        found.name: Placed(name=found.name, place=_place(found.name, promise), image=image)
        for found in wheel.objects
        if (image := loaded_image(found, promise)) is not None
    }
    rules = _RULES[promise.platform.row.machine[0]](placed.values(), wheel, promise)
    bound: dict[tuple[str, str], Placed] = {}
    together: dict[str, set[str]] = {name: set() for name in placed}
    for start in placed.values():
        names = _load(start, rules, bound)
        for name in names:
            together[name] |= names
    return Links(
        placed=placed,
        bound=bound,
        together={name: frozenset(others) for name, others in together.items()},
    )


def loaded_image(found: ObjectFile, promise: Promise) -> Image | None:
    """Return what the target's loader takes of a file: of a fat one, the part for its processor."""
    machine = promise.platform.row.machine[1]
    suiting = (image for image in found.images if image.machine == machine)
    return next(suiting, next(iter(found.images), None))


def _place(name: str, promise: Promise) -> str:
    archive, colon, inside = name.rpartition(":")
    layout = promise.platform.system.layout
    site = layout.site_packages.format(version=promise.python)
    data, _, rest = inside.partition("/")
    if data.endswith(".data"):
        scheme, _, rest = rest.partition("/")
        directories = {"purelib": site, "platlib": site, "scripts": layout.scripts}
        path = posixpath.join(directories.get(scheme, ""), rest)
    else:
        path = posixpath.join(site, inside)
    return f"{archive}{colon}{posixpath.normpath(path)}"


def _load(start: Placed, rules: _Rules, bound: dict[tuple[str, str], Placed]) -> set[str]:
    """Load a file as its loader does, breadth first; return the names of what is loaded then."""
    chains: dict[str, Chain] = {start.name: (start,)}
    known: dict[str, Placed] = {}
    missing: list[tuple[str, str]] = []
    queue = [start]
    for file in queue:
        for library in file.image.needed:
            # Loaders go by the names of what is loaded already, before they look for files.
            found = known.get(library) or rules.find(library, chains[file.name])
            if found is None:
                missing.append((file.name, library))
                continue
            bound[file.name, library] = found
            known[library] = found
            if found.image.name is not None:
                known.setdefault(found.image.name, found)
            if found.name not in chains:
                chains[found.name] = (*chains[file.name], found)
                queue.append(found)
    for file_name, library in missing:
        if library in known:
            bound[file_name, library] = known[library]
    return set(chains)


class _Rules(ABC):
    """How a system's loader finds a library among the files of a wheel."""

    def __init__(self, placed: Iterable[Placed], wheel: Wheel, promise: Promise) -> None:
        self.files = {
            self.key(file.place): file for file in placed if file.image.kind == "shared library"
        }

    def key(self, place: str) -> str:
        return place

    def at(self, directory: str, name: str) -> Placed | None:
        return self.files.get(self.key(posixpath.normpath(posixpath.join(directory, name))))

    @abstractmethod
    def find(self, library: str, chain: Chain) -> Placed | None:
        """Return the file that a library is, which the last file of a chain needs."""


class _ElfRules(_Rules):
    def __init__(self, placed: Iterable[Placed], wheel: Wheel, promise: Promise) -> None:
        super().__init__(placed, wheel, promise)
        self._is_musl = promise.platform.musl is not None

    def find(self, library: str, chain: Chain) -> Placed | None:
        if "/" in library:
            directory, _, name = library.rpartition("/")
            return self._in(directory, chain[-1], name)
        found = (self._in(path, owner, library) for path, owner in self._searched(chain))
        return next((file for file in found if file is not None), None)

    def _searched(self, chain: Chain) -> Iterator[tuple[str, Placed]]:
        """Yield the directories that are searched, each with the file that names it."""
        own = chain[-1]
        if self._is_musl:
            for file in reversed(chain):
                yield from ((path, file) for path in file.image.runpath or file.image.rpath)
        elif own.image.runpath:
            yield from ((path, own) for path in own.image.runpath)
        else:
            for file in reversed(chain):
                if not file.image.runpath:
                    yield from ((path, file) for path in file.image.rpath)

    def _in(self, directory: str, owner: Placed, name: str) -> Placed | None:
        for origin in _ORIGINS:
            if directory.startswith(origin):
                return self.at(owner.directory + directory.removeprefix(origin), name)
        return None


class _MachORules(_Rules):
    def find(self, library: str, chain: Chain) -> Placed | None:
        start, _, rest = library.partition("/")
        if start != "@rpath":
            directory = self._directory(start, chain[-1], chain)
            return self.at(directory, rest) if directory is not None else None
        for owner in reversed(chain):
            for path in owner.image.rpath:
                start, _, below = path.partition("/")
                directory = self._directory(start, owner, chain)
                if directory is None:
                    continue
                found = self.at(posixpath.join(directory, below), rest)
                if found is not None:
                    return found
        return None

    def _directory(self, variable: str, owner: Placed, chain: Chain) -> str | None:
        if variable == "@loader_path":
            return owner.directory
        # Of a module it is the directory of Python's own program, where no wheel puts a file.
        if variable == "@executable_path" and chain[0].image.kind == "executable":
            return chain[0].directory
        return None


class _PeRules(_Rules):
    def __init__(self, placed: Iterable[Placed], wheel: Wheel, promise: Promise) -> None:
        super().__init__(placed, wheel, promise)
        # Which directories a wheel's code adds, only running it could tell.
        self._elsewhere: dict[str, Placed] = {}
        if wheel.loads_libraries:
            self._elsewhere = {posixpath.basename(key): f for key, f in self.files.items()}

    def key(self, place: str) -> str:
        return place.lower()

    def find(self, library: str, chain: Chain) -> Placed | None:
        beside = self.at(chain[0].directory, library)
        return beside or self._elsewhere.get(library.lower())


_RULES: Mapping[str, type[_Rules]] = {"ELF": _ElfRules, "Mach-O": _MachORules, "PE": _PeRules}
