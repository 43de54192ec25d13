"""What a library is that was packed into a wheel: its version, its licence, and an SBOM.

The SBOM is where :pep:`770` has them, ``.dist-info/sboms``, in the format of CycloneDX; licences
are where :pep:`639` has them, ``.dist-info/licenses``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crosshook import __version__
from crosshook.libraries.origins import LARGEST_LICENCE, Origin, origin_of
from crosshook.libraries.prefix import Prefix
from crosshook.wheel.reading import Wheel

_HASH = re.compile(r"-[0-9a-f]{8,}(?=\.)")
"""What is put into the name of a library that is packed."""

_END = re.compile(r"(?:\.\d[\d.]*)?\.(?:so|dylib|dll)\b")

LICENCE_NAMES = re.compile(r"copyright|(licen[cs]e|copying|notice)(\W.*)?", re.IGNORECASE)
"""What files are called in which a licence is."""

SHARED_LICENCES = "share/licenses"
"""Where distributions have them in a prefix, each below a directory of its library's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """A library that was packed."""

    name: str
    """Of its package, as pkg-config knows it, or of its file: ``libxml-2.0``, ``libxml2``."""
    version: str | None = None
    purl: str | None = None
    """As :attr:`crosshook.libraries.origins.Origin.purl`."""
    licences: Mapping[str, bytes] = field(default_factory=dict)
    """Texts, by path below ``licenses``."""

    @property
    def said(self) -> str:
        """For messages: ``libxml-2.0 2.9.14``."""
        return self.name if self.version is None else f"{self.name} {self.version}"


def describe(packed: str, prefixes: Sequence[Prefix]) -> Library:
    """Return what is known of a library.

    :param packed: Its path in the wheel: ``lxml.libs/libxml2-93d1dbaf.so.2.9.14``.
    """
    file = _HASH.sub("", PurePosixPath(packed).name)
    stem = stem_of(file)
    short = stem.removeprefix("lib")
    origin = _origin(file, prefixes)
    purl = None if origin is None else origin.purl
    recorded = _below(origin)
    if origin is not None and origin.version is not None:
        return Library(name=origin.name, version=origin.version, purl=purl, licences=recorded)
    for prefix in prefixes:
        for name, text in prefix.package_files().items():
            # Its own is the first that it names; what that needs comes behind.
            own = re.search(r"^Libs:.*?(?<!\S)-l(\S+)", text, re.MULTILINE)
            if own is not None and (own[1] == short or _leads_to(own[1], file, prefix)):
                package = name.removesuffix(".pc")
                version = re.search(r"^Version:[ \t]*(\S+)", text, re.MULTILINE)
                return Library(
                    name=package,
                    version=version[1] if version is not None else None,
                    purl=purl,
                    licences=recorded or _licences((stem, short, package), prefixes),
                )
    numbers = re.search(r"\.so\.(\d[\d.]*)$", file)
    return Library(
        name=stem,
        version=numbers[1] if numbers is not None else None,
        purl=purl,
        licences=recorded or _licences((stem, short), prefixes),
    )


def stem_of(file: str) -> str:
    """Return the name of a shared library's file up to where it says what it is: ``libxml2``."""
    return _END.split(file)[0]


def _leads_to(name: str, file: str, prefix: Prefix) -> bool:
    """Tell whether ``-lNAME`` is linked to a shared library of another name."""
    links = (Path(directory, f"lib{name}.so") for directory in prefix.library)
    return any(link.resolve().name == file for link in links)


def documents(wheel: Wheel, packed: Mapping[str, Library]) -> Mapping[str, bytes]:
    """Return the files that say what was packed, by path relative to ``.dist-info``.

    :param packed: By path in the wheel.
    """
    if not packed:
        return {}
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": "wheel",
                "name": wheel.name,
                "version": wheel.version,
                "purl": f"pkg:pypi/{wheel.name}@{wheel.version}",
            },
            "tools": {
                "components": [{"type": "application", "name": "crosshook", "version": __version__}]
            },
        },
        "components": [_component(file, library) for file, library in packed.items()],
        "dependencies": [{"ref": "wheel", "dependsOn": list(packed)}],
    }
    files = {"sboms/crosshook.cdx.json": (json.dumps(bom, indent=2) + "\n").encode()}
    for library in packed.values():
        files.update({f"licenses/{name}": text for name, text in library.licences.items()})
    return files


def _component(file: str, library: Library) -> Mapping[str, object]:
    version = {} if library.version is None else {"version": library.version}
    occurrences = {"occurrences": [{"location": file}]}
    purl = {} if library.purl is None else {"purl": library.purl}
    component = {"type": "library", "bom-ref": file, "name": library.name}
    return {**component, **version, **purl, "evidence": occurrences}


def _below(origin: Origin | None) -> Mapping[str, bytes]:
    """Return the licences of a package, each below a directory of its name."""
    if origin is None:
        return {}
    return {f"{origin.name}/{path}": text for path, text in origin.licences.items()}


def _origin(file: str, prefixes: Sequence[Prefix]) -> Origin | None:
    for prefix in prefixes:
        for directory in (*map(Path, prefix.library), prefix.root / "bin"):
            place = (directory / file).resolve()
            found = origin_of(place) if place.is_file() else None
            if found is not None:
                return found
    return None


def _licences(names: Sequence[str], prefixes: Sequence[Prefix]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for prefix in prefixes:
        for file in _licence_files(prefix):
            package = file.parent.name
            if file.stat().st_size <= LARGEST_LICENCE and _is_of(package, names):
                found[f"{package}/{file.name}"] = file.read_bytes()
    return found


def _licence_files(prefix: Prefix) -> Iterator[Path]:
    for place in ("share/doc", SHARED_LICENCES, "share", "licenses"):
        for directory in sorted((prefix.root / place).glob("*")):
            if directory.is_dir():
                for file in sorted(directory.iterdir()):
                    if file.is_file() and LICENCE_NAMES.fullmatch(file.name):
                        yield file
    # Of a prefix that is one package's alone, as Conan's are.
    yield from (f for f in sorted(prefix.root.glob("*")) if LICENCE_NAMES.fullmatch(f.name))


def _is_of(package: str, names: Sequence[str]) -> bool:
    """Tell whether a directory is a package's: its name, with numbers behind it."""
    return any(
        len(name) > 1 and re.fullmatch(rf"{re.escape(name)}[-.\d]*[a-z]?\d*", package) is not None
        for name in names
    )
