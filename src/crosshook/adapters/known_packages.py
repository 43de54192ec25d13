"""Packages that others are compiled against: which must be there for the target, and what in them.

``[build-system] requires`` are installed for the machine that builds. The headers and static
libraries of some are compiled into the wheel, so what is compiled is the target's:
``_numpyconfig.h`` says how large NumPy's types are, and ``libnpymath.a`` holds machine code.

The paths are those in the wheels of NumPy 1.26 and 2.5, pybind11 3.1, nanobind 3.1, mpi4py 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPackage:
    """A distribution whose files are compiled against."""

    header_only: bool = False
    """Whether the files are the same on every platform, so that those of the build machine serve
    where there is no wheel for the target."""
    functions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By module that defines them: functions that answer with paths of such files."""
    pkgconfig: Sequence[str] = ()
    """Directories of ``.pc`` files, relative to ``site-packages``."""
    config_tool: str | None = None
    """The program that answers with such paths."""


KNOWN: Mapping[str, KnownPackage] = {
    "numpy": KnownPackage(
        functions={
            "numpy.lib._utils_impl": ("get_include",),
            # NumPy 1
            "numpy.lib.utils": ("get_include",),
        },
        pkgconfig=("numpy/_core/lib/pkgconfig",),
        config_tool="numpy-config",
    ),
    "pybind11": KnownPackage(
        header_only=True,
        functions={"pybind11.commands": ("get_include", "get_cmake_dir", "get_pkgconfig_dir")},
        pkgconfig=("pybind11/share/pkgconfig",),
        config_tool="pybind11-config",
    ),
    "nanobind": KnownPackage(
        header_only=True,
        functions={"nanobind": ("include_dir", "source_dir", "cmake_dir")},
    ),
    "mpi4py": KnownPackage(functions={"mpi4py": ("get_include",)}),
}
"""By normalised name; the default list of what is installed for the target as well."""


def wrapped_functions(named: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return, by module, the functions whose answers have to be the target's.

    :param named: ``[tool.crosshook] target-requires``; of a package that is not known, the module
        of its name may have a ``get_include``.
    """
    found: dict[str, Sequence[str]] = {}
    for package in KNOWN.values():
        found.update(package.functions)
    for text in named:
        name = canonicalize_name(Requirement(text).name)
        if name not in KNOWN:
            found[name.replace("-", "_")] = ("get_include",)
    return found


def pkgconfig_directories(target_packages: str) -> tuple[str, ...]:
    """Return where the ``.pc`` files of known packages may be."""
    return tuple(
        f"{target_packages}/{directory}"
        for package in KNOWN.values()
        for directory in package.pkgconfig
    )
