"""What build tools are told of C libraries for the target.

Headers come last of all, behind the project's own and the compiler's: ``-idirafter``. So a file
of the same name in somebody else's library never takes the place of either.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

from crosshook.adapters._rust import in_variables
from crosshook.adapters.plan import SCRIPTS, BuildMachine, Plan
from crosshook.libraries.prefix import prefixes_of
from crosshook.target import Target


def include_directories(target: Target) -> tuple[str, ...]:
    """Return the directories of headers."""
    return tuple(path for prefix in prefixes_of(target) for path in prefix.include)


def library_directories(target: Target) -> tuple[str, ...]:
    """Return the directories of libraries."""
    return tuple(path for prefix in prefixes_of(target) for path in prefix.library)


def link_flags(target: Target) -> tuple[str, ...]:
    """Return what tells a compiler that links where libraries are."""
    return tuple(f"-L{path}" for path in library_directories(target))


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return what tells compilers, pkg-config and callers of ``*-config`` scripts; the user's own
    flags come first."""
    if not target.libraries:
        return Plan()
    if target.toolchain is not None and target.toolchain.argument_syntax == "msvc":
        environ = _msvc(target, machine)
    else:
        headers = [f"-idirafter{path}" for path in include_directories(target)]
        environ = {
            name: _joined(machine.environ.get(name, ""), flags)
            for name, flags in (
                ("CPPFLAGS", headers),
                ("CFLAGS", headers),
                ("CXXFLAGS", headers),
                ("LDFLAGS", list(link_flags(target))),
            )
        }
    files = {}
    scripts: dict[str, str] = {}
    for prefix in reversed(prefixes_of(target)):
        files.update({f"pkgconfig/{name}": text for name, text in prefix.package_files().items()})
        scripts.update({f"{SCRIPTS}/{name}": text for name, text in prefix.scripts().items()})
    return Plan(environ=environ, files={**files, **scripts}, executables=frozenset(scripts))


def cargo(target: Target, machine: BuildMachine, triple: str) -> Mapping[str, str]:
    """Return what build scripts of ``*-sys`` crates ask for.

    They ask pkg-config, which the ``pkg-config`` crate has to be told is the target's; and for
    directories, in variables that begin with the package's name: with the triple before it, if
    they know that there is more than one machine.

    :param triple: Rust's name of the target.
    """
    if not target.libraries:
        return {}
    environ = {"PKG_CONFIG_ALLOW_CROSS": "1"}
    for prefix in reversed(prefixes_of(target)):
        if not prefix.include or not prefix.library:
            continue
        for file in prefix.package_files():
            name = re.sub(r"\W", "_", file.removesuffix(".pc")).upper()
            for variable in (name, f"{in_variables(triple)}_{name}"):
                environ[f"{variable}_DIR"] = str(prefix.root)
                environ[f"{variable}_INCLUDE_DIR"] = prefix.include[0]
                environ[f"{variable}_LIB_DIR"] = prefix.library[-1]
    return {name: value for name, value in environ.items() if not machine.environ.get(name)}


def _joined(users: str, flags: list[str]) -> str:
    return " ".join([*([users] if users else []), *map(shlex.quote, flags)])


def _msvc(target: Target, machine: BuildMachine) -> dict[str, str]:
    """MSVC's compiler and linker look where these say, behind what is on the command line."""
    return {
        name: os.pathsep.join([*directories, *filter(None, [machine.environ.get(name)])])
        for name, directories in (
            ("INCLUDE", include_directories(target)),
            ("LIB", library_directories(target)),
            ("CMAKE_PREFIX_PATH", target.libraries),
        )
    }
