"""Mend what is known to be wrong in real ``build-details.json`` files.

- CPython's generator leaves out ``abi.extension_suffix`` and ``abi.stable_abi_suffix`` where there
  is no shared libpython, and asks the running Python for flags and suffixes: where CPython itself
  was cross-built, they are those of another Python (gh-136267).
- CPython's files for Windows have an empty ``c_api`` where no headers were installed; drafts of
  them had no ``implementation.hexversion`` (gh-138489).
- Meson reads ``libpython.dynamic-stableabi``, so files made for it have that (mesonbuild/meson).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from crosshook.pythons._schema import ROOT, Table
from crosshook.target.systems import ROWS

_LEVELS = {"alpha": 0xA, "beta": 0xB, "candidate": 0xC, "final": 0xF}


def repair_shape(original: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the data as the schema has it, as far as that is known, and what was mended."""
    data = copy.deepcopy(dict(original))
    repairs = []
    libpython = data.get("libpython")
    if isinstance(libpython, dict) and "dynamic-stableabi" in libpython:
        spelled_by_meson = libpython.pop("dynamic-stableabi")
        libpython.setdefault("dynamic_stableabi", spelled_by_meson)
        repairs.append("libpython.dynamic-stableabi: is spelled dynamic_stableabi")
    if data.get("c_api") == {}:
        del data["c_api"]
        repairs.append("c_api: is empty, left out")
    repairs += _drop_unknown(data, ROOT, "")
    repairs += _complete_implementation(data.get("implementation"))
    return data, tuple(repairs)


def _drop_unknown(data: object, table: Table, path: str) -> list[str]:
    """A later minor version of the schema may add keys."""
    if not isinstance(data, dict):
        return []
    known = {**table.required, **table.optional}
    unknown = [key for key in data if key not in known] if table.closed else []
    for key in unknown:
        del data[key]
    repairs = [f"{path}{key}: unknown, left out" for key in unknown]
    for key, check in known.items():
        if isinstance(check, Table):
            repairs += _drop_unknown(data.get(key), check, f"{path}{key}.")
    return repairs


def _complete_implementation(implementation: object) -> list[str]:
    if not isinstance(implementation, dict) or not isinstance(implementation.get("version"), dict):
        return []
    version = implementation["version"]
    numbers = [version.get(key) for key in ("major", "minor", "micro", "serial")]
    if not all(isinstance(n, int) and 0 <= n < 256 for n in numbers):
        return []
    repairs = []
    if "hexversion" not in implementation and version.get("releaselevel") in _LEVELS:
        major, minor, micro, serial = numbers
        level = _LEVELS[version["releaselevel"]]
        implementation["hexversion"] = int.from_bytes(
            (major, minor, micro, level << 4 | serial & 0xF), "big"
        )
        repairs.append("implementation.hexversion: missing, taken from the version")
    if "cache_tag" not in implementation and implementation.get("name") == "cpython":
        implementation["cache_tag"] = "cpython-{}{}".format(*numbers)
        repairs.append("implementation.cache_tag: missing, taken from the version")
    return repairs


def repair_abi(data: dict[str, Any], expected: Mapping[str, Any]) -> tuple[str, ...]:
    """Complete ``abi`` and ``suffixes`` in place; return what was mended.

    :param data: Valid PEP 739 data.
    :param expected: That of the Python which the data should be of.
    """
    repairs = _repair_flags(data)
    abi, wanted = data["abi"], expected["abi"]
    if data["platform"] != expected["platform"] or abi["flags"] != wanted["flags"]:
        # Of another Python, which is refused.
        return tuple(repairs)
    stated = data.get("suffixes", {}).get("extensions")
    extensions = [s for s in stated or () if not _is_of_another(s, wanted["extension_suffix"])]
    suffix = abi.get("extension_suffix")
    if suffix is None or _is_of_another(suffix, wanted["extension_suffix"]):
        tagged = [s for s in extensions if s.count(".") > 1 and not s.startswith(".abi")]
        abi["extension_suffix"] = tagged[0] if tagged else wanted["extension_suffix"]
        why = "missing" if suffix is None else f"{suffix!r} is of another Python"
        repairs.append(f"abi.extension_suffix: {why}, {abi['extension_suffix']!r} taken")
    if stated is None:
        data.setdefault("suffixes", {})["extensions"] = list(expected["suffixes"]["extensions"])
        repairs.append("suffixes.extensions: missing, those of the platform taken")
    elif extensions != stated:
        data["suffixes"]["extensions"] = list(dict.fromkeys([abi["extension_suffix"], *extensions]))
        repairs.append(f"suffixes.extensions: {stated[0]!r} is of another Python, replaced")
    repairs += _repair_stable_abi(data, wanted.get("stable_abi_suffix"))
    libpython = data.get("libpython", {})
    if "dynamic" in libpython and "link_extensions" not in libpython:
        libpython["link_extensions"] = data["platform"].startswith("win")
        repairs.append("libpython.link_extensions: missing, that of the platform taken")
    return tuple(repairs)


def _repair_flags(data: dict[str, Any]) -> list[str]:
    """Check the flags against the name of the directory of headers, which has them as well."""
    headers = data.get("c_api", {}).get("headers", "")
    named = re.search(r"[\\/]python\d+\.\d+([a-z]*)[\\/]?$", headers)
    if "abi" not in data:
        data["abi"] = {"flags": list(named[1]) if named else []}
        return ["abi: missing, that of the platform taken"]
    flags = data["abi"]["flags"]
    if named is None or list(named[1]) == flags:
        return []
    data["abi"]["flags"] = list(named[1])
    return [f"abi.flags: {flags!r} contradicts c_api.headers, {headers!r}, which is believed"]


def _repair_stable_abi(data: dict[str, Any], wanted: str | None) -> list[str]:
    abi = data["abi"]
    if wanted is None or abi.get("stable_abi_suffix") == wanted:
        return []
    if wanted not in data["suffixes"]["extensions"]:
        return []
    found = abi.get("stable_abi_suffix")
    abi["stable_abi_suffix"] = wanted
    why = "missing" if found is None else f"{found!r} is not what backends write"
    return [f"abi.stable_abi_suffix: {why}, {wanted!r} taken"]


def _is_of_another(suffix: str, wanted: str) -> bool:
    """Whether a suffix names a platform, or a version of Python, that is not that of another."""
    if suffix == wanted:
        return False
    named = re.match(r"\.(?:cpython-|cp|pypy)(\d+[a-z]*)(?=[-.])", suffix)
    own = re.match(r"\.(?:cpython-|cp|pypy)(\d+[a-z]*)(?=[-.])", wanted)
    if named and own and named[1] != own[1]:
        return True
    others = {name for row in ROWS for name in (row.multiarch, row.plain_tag) if name}
    return any(f"-{name}." in suffix and f"-{name}." not in wanted for name in others)
