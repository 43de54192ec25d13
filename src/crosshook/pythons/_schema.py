"""PEP 739's schema of ``build-details.json``, as checks that name the key path of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crosshook.errors import TargetPythonError

Check = Callable[[Any, str], None]
"""Raises if a value is wrong; the text is its key path, behind the file's name."""


def _wrong(value: object, path: str, expected: str) -> TargetPythonError:
    return TargetPythonError(f"{path.rstrip(': ')}: {value!r} is not {expected}")


def _is(expected: str, fits: Callable[[Any], bool]) -> Check:
    def check(value: Any, path: str) -> None:
        if not fits(value):
            raise _wrong(value, path, expected)

    return check


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A check of an object by its keys."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    closed: bool = True
    """Whether it has no other keys."""

    def __call__(self, value: Any, path: str) -> None:
        _mapping(value, path)
        start = path if path.endswith(": ") else f"{path}."
        for key in self.required:
            if key not in value:
                raise TargetPythonError(f"{start}{key}: missing")
        for key, item in value.items():
            known = self.required.get(key) or self.optional.get(key)
            if known is not None:
                known(item, f"{start}{key}")
            elif self.closed:
                raise TargetPythonError(f"{start}{key}: unknown key")


def _each(item: Check) -> Check:
    """Return a check of an object's values, whatever the keys."""

    def check(value: Any, path: str) -> None:
        _mapping(value, path)
        for key, found in value.items():
            item(found, f"{path}.{key}")

    return check


_mapping = _is("an object", lambda v: isinstance(v, dict))
_string = _is("a string", lambda v: isinstance(v, str))
_path = _is("a non-empty string", lambda v: isinstance(v, str) and v != "")
_boolean = _is("a boolean", lambda v: isinstance(v, bool))
_number = _is("a number", lambda v: isinstance(v, (int, float)) and not isinstance(v, bool))
_scalar = _is("a string or an integer", lambda v: isinstance(v, (str, int)))
_strings = _is(
    "a list of strings",
    lambda v: isinstance(v, list) and all(isinstance(item, str) for item in v),
)
_level = _is(
    "a release level",
    lambda v: isinstance(v, str) and v in ("alpha", "beta", "candidate", "final"),
)
_minor_version = _is(
    "MAJOR.MINOR",
    lambda v: isinstance(v, str) and re.fullmatch(r"[0-9]+\.[0-9]+", v) is not None,
)
_anything = _is("anything", lambda v: True)
_VERSION_INFO = Table(
    required={
        "major": _number,
        "minor": _number,
        "micro": _number,
        "releaselevel": _level,
        "serial": _number,
    }
)
ROOT = Table(
    required={
        "schema_version": _is("'1.0'", lambda v: v == "1.0"),
        "base_prefix": _path,
        "platform": _string,
        "language": Table(
            required={"version": _minor_version}, optional={"version_info": _VERSION_INFO}
        ),
        "implementation": Table(
            required={
                "name": _string,
                "version": _VERSION_INFO,
                "hexversion": _anything,
                "cache_tag": _anything,
            },
            closed=False,
        ),
    },
    optional={
        "base_interpreter": _path,
        "abi": Table(
            required={"flags": _strings},
            optional={"extension_suffix": _string, "stable_abi_suffix": _string},
        ),
        "suffixes": Table(
            optional={
                "source": _strings,
                "bytecode": _strings,
                "optimized_bytecode": _strings,
                "debug_bytecode": _strings,
                "extensions": _strings,
            },
            # Implementations may add kinds.
            closed=False,
        ),
        "libpython": Table(
            optional={
                "dynamic": _path,
                "dynamic_stableabi": _path,
                "static": _path,
                "link_extensions": _boolean,
            },
        ),
        "c_api": Table(required={"headers": _path}, optional={"pkgconfig_path": _path}),
        "arbitrary_data": _mapping,
    },
)
"""PEP 739's schema, version 1.0.

Stricter than it where it is silent: suffixes and ``abi.flags`` are lists of strings,
``language.version`` is MAJOR.MINOR, and paths are not empty.
"""

EXTRA = Table(
    optional={"sysconfig_vars": _each(_scalar), "import_libraries": _each(_string)}, closed=False
)
"""What ``crosshook.dump`` writes into ``arbitrary_data.crosshook``."""
