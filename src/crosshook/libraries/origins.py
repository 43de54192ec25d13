"""Which package a library on this machine is of, by the records that each kind of packages has.

dpkg and vcpkg have a list of files for each package, conda a record in ``conda-meta``, a wheel a
``RECORD`` (:pep:`376`); Conan deploys each into a directory of its own. What ``make install`` made
has none.
"""

from __future__ import annotations

import contextlib
import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from packaging.utils import canonicalize_name

from crosshook._redact import redact
from crosshook.libraries.apt import DPKG_LISTS
from crosshook.libraries.conda import LICENCES, RECORDS

LARGEST_LICENCE = 1_000_000
"""Bytes of a licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """A package that a library is of."""

    name: str
    version: str | None = None
    purl: str | None = None
    """What identifies it everywhere: https://github.com/package-url/purl-spec."""
    licences: Mapping[str, bytes] = field(default_factory=dict)
    """Texts, by file name below a directory of its name."""


def origin_of(file: Path) -> Origin | None:
    """Return the package that a file is of; None where no record says.

    :param file: Its real path.
    """
    for root in file.parents:
        own = file.relative_to(root).as_posix()
        for find in (_of_debian, _of_conda, _of_wheel, _of_vcpkg, _of_conan):
            found = find(root, own)
            if found is not None:
                return found
    return None


def licence_texts(files: Sequence[Path], top: Path) -> Mapping[str, bytes]:
    """Return the texts of licences, by path relative to a directory, but for what is too large."""
    return {
        file.relative_to(top).as_posix(): file.read_bytes()
        for file in files
        if file.is_file() and file.stat().st_size <= LARGEST_LICENCE
    }


def _of_debian(root: Path, own: str) -> Origin | None:
    for listed in sorted((root / DPKG_LISTS).glob("*.list")):
        if f"/{own}" in listed.read_text(encoding="utf-8").splitlines():
            name = listed.name.removesuffix(".list").partition(":")[0]
            top = root / "usr/share/doc" / name
            return Origin(
                name=name,
                purl=f"pkg:deb/debian/{quote(name)}",
                licences=licence_texts([top / "copyright"], top),
            )
    return None


def _of_conda(root: Path, own: str) -> Origin | None:
    for record in _records(root):
        if own in record["files"]:
            name, version = str(record["name"]), str(record["version"])
            qualifiers = {
                key: redact(str(record[key]))
                for key in ("build", "channel", "subdir")
                if record.get(key)
            }
            top = root / LICENCES / name
            if not top.is_dir():
                # An environment that conda made: its cache may be there still.
                top = Path(str(record.get("extracted_package_dir")), "info", "licenses")
            return Origin(
                name=name,
                version=version,
                purl=f"pkg:conda/{quote(name)}@{quote(version)}?{urlencode(qualifiers)}",
                licences=licence_texts(sorted(top.rglob("*")), top),
            )
    return None


def _records(root: Path) -> Iterator[Mapping[str, Any]]:
    """Yield conda's records of the packages in a prefix; what else lies there is none."""
    for file in sorted((root / RECORDS).glob("*.json")):
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(file.read_bytes())
            if isinstance(record, dict) and record.keys() >= {"name", "version", "files"}:
                yield record


def _of_wheel(root: Path, own: str) -> Origin | None:
    for info in sorted(root.glob("*.dist-info")):
        if own in _recorded(info):
            metadata = HeaderParser().parsestr(
                (info / "METADATA").read_text(encoding="utf-8", errors="replace")
            )
            name, version = str(metadata["Name"]), str(metadata["Version"])
            top = info / "licenses"
            # Where they were before PEP 639.
            files = sorted(top.rglob("*")) if top.is_dir() else sorted(info.glob("LICEN[CS]E*"))
            return Origin(
                name=name,
                version=version,
                purl=f"pkg:pypi/{canonicalize_name(name)}@{quote(version)}",
                licences=licence_texts(files, top if top.is_dir() else info),
            )
    return None


def _of_vcpkg(root: Path, own: str) -> Origin | None:
    for listed in sorted((root / "vcpkg" / "info").glob("*_*_*.list")):
        if own in listed.read_text(encoding="utf-8").splitlines():
            name, version, triplet = listed.name.removesuffix(".list").split("_", 2)
            top = root / triplet / "share" / name
            licences = licence_texts([top / "copyright"], top)
            # Behind the sharp is the number of the port.
            return Origin(name=name, version=version.partition("#")[0], licences=licences)
    return None


def _of_conan(root: Path, own: str) -> Origin | None:
    _, deployed, below = root.as_posix().rpartition("/host/")
    if not deployed or not (root / "conaninfo.txt").is_file():
        return None
    name, version, *_ = [*below.split("/"), ""]
    top = root / "licenses"
    return Origin(
        name=name,
        version=version,
        purl=f"pkg:conan/{quote(name)}@{quote(version)}",
        licences=licence_texts(sorted(top.rglob("*")), top),
    )


def _recorded(info: Path) -> Iterator[str]:
    """Yield the files that a wheel's record names, relative to where it is unpacked."""
    record = info / "RECORD"
    if record.is_file() and (info / "METADATA").is_file():
        with record.open(encoding="utf-8", newline="") as stream:
            # Data files are outside of site-packages, until pip moves all to one directory.
            yield from (re.sub(r"^(\.\./)+", "", row[0]) for row in csv.reader(stream) if row)
