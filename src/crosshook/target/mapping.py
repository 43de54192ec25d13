"""The target: what ``cross_build_wheel`` is told about the machine and the Python it builds for.

:class:`Target` is the frozen form; on the wire it is plain JSON, described by
``target.schema.json`` beside this file. :func:`parse_target` checks a mapping against the same
rules and names the key path of what is wrong. A major ``schema_version`` that is not known is
refused; keys that are not known are ignored, so that a later minor version may add some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crosshook._types import Command, TargetMapping
from crosshook.errors import TargetError
from crosshook.target.implementations import CPYTHON, IMPLEMENTATIONS
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion

SCHEMA_VERSION = "1.0"

# On either kind of build machine; the same as in the JSON Schema.
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")

_PEP_739_REQUIRED = ("schema_version", "base_prefix", "platform", "language", "implementation")
_PEP_739_PATHS = (
    "base_prefix",
    "base_interpreter",
    "libpython.dynamic",
    "libpython.dynamic_stableabi",
    "libpython.static",
    "c_api.headers",
    "c_api.pkgconfig_path",
)

TOOL_VARIABLES: Mapping[str, str] = {
    "cc": "CC",
    "cxx": "CXX",
    "fc": "FC",
    "ar": "AR",
    "ranlib": "RANLIB",
    "strip": "STRIP",
    "rc": "RC",
    "dlltool": "DLLTOOL",
}
"""The tools of a toolchain, and the environment variable that names each to make and its heirs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """The compilers and binary tools for one platform."""

    name: str
    """For messages: ``zig 0.17.0``."""
    argument_syntax: str
    """How the compilers take their arguments: ``gcc`` or ``msvc``, as Meson names the two."""
    commands: Mapping[str, Command]
    """Program and first arguments of each tool, by its key in :data:`TOOL_VARIABLES`.
    Empty for MSVC, which every backend finds by itself."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that the commands need."""
    cross_files: Mapping[str, str] = field(default_factory=dict)
    """Absolute paths of files of the user's that say more, by the build tool that reads them:
    ``cmake``, a toolchain file; ``meson``, a cross file."""

    def to_json(self) -> dict[str, Any]:
        data = {
            "name": self.name,
            "argument_syntax": self.argument_syntax,
            "commands": {tool: list(command) for tool, command in self.commands.items()},
            "environ": dict(self.environ),
        }
        return {**data, "cross_files": dict(self.cross_files)} if self.cross_files else data


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Platform, target Python, and what is known of compilers and packages for them."""

    platform: Platform
    python: Mapping[str, Any]
    """PEP 739 ``build-details.json`` data of the target Python; every path absolute."""
    sysconfig_vars: Mapping[str, str | int] = field(default_factory=dict)
    """What ``sysconfig.get_config_vars()`` answers in the target Python, as far as it is known."""
    import_libraries: Mapping[str, str] = field(default_factory=dict)
    """Windows: absolute paths of what extension modules are linked against, under the names that
    PEP 739 has for the libraries themselves: ``dynamic``, ``dynamic_stableabi``."""
    toolchain: Toolchain | None = None
    build_toolchain: Toolchain | None = None
    """For programs that run during the build: what ``CC_FOR_BUILD`` names elsewhere."""
    sysroot: str | None = None
    target_packages: str | None = None
    """A directory of packages installed for the target."""
    libraries: tuple[str, ...] = ()
    """Prefixes of C libraries built for the target, best first: directories with ``include``,
    ``lib``, ``lib/pkgconfig``, as ``make install`` makes them."""

    @property
    def python_version(self) -> PythonVersion:
        """The version of the target Python's language, whether it is free-threaded, and whose it
        is."""
        major, minor = str(self.python["language"]["version"]).split(".")[:2]
        return PythonVersion(
            major=int(major),
            minor=int(minor),
            free_threaded="t" in self.abi_flags,
            implementation=IMPLEMENTATIONS[self.implementation],
        )

    @property
    def full_version(self) -> str:
        """``3.13.1``, of the language; ``.0`` at the end where the bug-fix release is not known."""
        stated = self.python["language"].get("version_info", {})
        if self.implementation == CPYTHON.name:
            stated = {**self.python["implementation"].get("version", {}), **stated}
        return f"{self.python_version.dotted}.{stated.get('micro', 0)}"

    @property
    def implementation_version(self) -> str:
        """That of the implementation: ``7.3.19`` for a PyPy; of CPython, the language's."""
        stated = self.python["implementation"].get("version", {})
        if self.implementation == CPYTHON.name or not stated:
            return self.full_version
        return ".".join(str(stated.get(key, 0)) for key in ("major", "minor", "micro"))

    @property
    def prefix(self) -> str:
        """``base_prefix`` of the target Python: an absolute path, which need not be here."""
        return str(self.python["base_prefix"])

    @property
    def headers(self) -> str | None:
        """The directory of ``Python.h`` and ``pyconfig.h``; None where it is not known."""
        headers: str | None = self.python.get("c_api", {}).get("headers")
        return headers

    @property
    def implementation(self) -> str:
        """``sys.implementation.name`` of the target Python: ``cpython``, ``pypy``."""
        return str(self.python["implementation"]["name"])

    @property
    def abi_flags(self) -> tuple[str, ...]:
        """``t`` for free-threaded, ``d`` for debug, as PEP 739 lists them."""
        return tuple(self.python.get("abi", {}).get("flags", ()))

    @property
    def extension_suffixes(self) -> tuple[str, ...]:
        """Suffixes of extension modules that the target Python imports, its own first."""
        abi = self.python.get("abi", {})
        named = [abi.get("extension_suffix"), abi.get("stable_abi_suffix")]
        suffixes = [s for s in named if s] + list(
            self.python.get("suffixes", {}).get("extensions", ())
        )
        return tuple(dict.fromkeys(suffixes))

    def to_json(self) -> dict[str, Any]:
        """Return the mapping that the hook receives; ``json.dumps`` takes it as it is."""
        data: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "platform_tag": self.platform.tag,
            "python": dict(self.python),
        }
        if self.sysconfig_vars:
            data["sysconfig_vars"] = dict(self.sysconfig_vars)
        if self.import_libraries:
            data["import_libraries"] = dict(self.import_libraries)
        for key, toolchain in (
            ("toolchain", self.toolchain),
            ("build_toolchain", self.build_toolchain),
        ):
            if toolchain is not None:
                data[key] = toolchain.to_json()
        for key, path in (("sysroot", self.sysroot), ("target_packages", self.target_packages)):
            if path is not None:
                data[key] = path
        if self.libraries:
            data["libraries"] = list(self.libraries)
        return data


def parse_target(data: TargetMapping, *, source: str = "target") -> Target:
    """Return the target that a JSON mapping describes.

    :param source: What the mapping is called in error messages, the start of each key path.
    :raises TargetError: naming the key path, the value and what was expected.
    """
    root = _Node(data, source).mapping()
    version = root.text("schema_version")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise TargetError(
            f"{source}.schema_version: {version!r} is not supported, this reads {SCHEMA_VERSION}"
        )
    platform = parse_platform(root.text("platform_tag"), source=f"{source}.platform_tag")
    python = root.child("python")
    _check_python(python, platform)
    return Target(
        platform=platform,
        python=python.value,
        sysconfig_vars=root.scalars("sysconfig_vars"),
        import_libraries=root.paths("import_libraries"),
        toolchain=_parse_toolchain(root, "toolchain"),
        build_toolchain=_parse_toolchain(root, "build_toolchain"),
        sysroot=root.path("sysroot"),
        target_packages=root.path("target_packages"),
        libraries=root.listed_paths("libraries"),
    )


def _check_python(python: _Node, platform: Platform) -> None:
    """Check the parts of PEP 739 that a build depends on."""
    python.mapping()
    for key in _PEP_739_REQUIRED:
        python.child(key)
    if python.text("schema_version").partition(".")[0] != "1":
        raise TargetError(
            f"{python.path_}.schema_version: {python.value['schema_version']!r} is not supported, "
            "PEP 739 is at 1.0"
        )
    if python.text("platform") != platform.sysconfig_platform:
        raise TargetError(
            f"{python.path_}.platform: {python.value['platform']!r} is not the sysconfig platform "
            f"of {platform.tag}, {platform.sysconfig_platform!r}"
        )
    version = python.child("language").mapping().text("version")
    if not re.fullmatch(r"[0-9]+\.[0-9]+", version):
        raise TargetError(f"{python.path_}.language.version: {version!r} is not MAJOR.MINOR")
    implementation = python.child("implementation").mapping()
    if implementation.text("name") not in IMPLEMENTATIONS:
        raise TargetError(
            f"{implementation.path_}.name: {implementation.value['name']!r} is not supported, "
            f"{' and '.join(IMPLEMENTATIONS)} are"
        )
    for dotted in _PEP_739_PATHS:
        node: _Node | None = python
        *parents, last = dotted.split(".")
        for key in parents:
            node = node.child(key).mapping() if node and key in node.value else None
        if node is not None:
            node.path(last)
    for key in ("extension_suffix", "stable_abi_suffix"):
        if "abi" in python.value and key in python.child("abi").mapping().value:
            python.child("abi").text(key)
    for table, key in (("abi", "flags"), ("suffixes", "extensions")):
        if table in python.value:
            python.child(table).mapping().strings(key)


def _parse_toolchain(root: _Node, key: str) -> Toolchain | None:
    if key not in root.value:
        return None
    node = root.child(key).mapping()
    syntax = node.text("argument_syntax")
    if syntax not in ("gcc", "msvc"):
        raise TargetError(f"{node.path_}.argument_syntax: {syntax!r} is neither 'gcc' nor 'msvc'")
    commands = node.child("commands").mapping()
    return Toolchain(
        name=node.text("name"),
        argument_syntax=syntax,
        commands={
            tool: commands.command(tool) for tool in TOOL_VARIABLES if tool in commands.value
        },
        environ={k: str(v) for k, v in node.scalars("environ").items()},
        cross_files=node.paths("cross_files"),
    )


class _Node:
    """A value inside the mapping and its key path."""

    def __init__(self, value: Any, path: str) -> None:
        self.value = value
        self.path_ = path

    def wrong(self, expected: str) -> TargetError:
        return TargetError(f"{self.path_}: {self.value!r} is not {expected}")

    def mapping(self) -> _Node:
        if not isinstance(self.value, Mapping):
            raise self.wrong("a mapping")
        return self

    def child(self, key: str) -> _Node:
        if key not in self.value:
            raise TargetError(f"{self.path_}.{key}: missing")
        return _Node(self.value[key], f"{self.path_}.{key}")

    def text(self, key: str) -> str:
        node = self.child(key)
        if not isinstance(node.value, str) or not node.value:
            raise node.wrong("a non-empty string")
        return node.value

    def path(self, key: str) -> str | None:
        if key not in self.value:
            return None
        text = self.text(key)
        if not _ABSOLUTE.match(text):
            raise self.child(key).wrong("an absolute path")
        return text

    def paths(self, key: str) -> Mapping[str, str]:
        if key not in self.value:
            return {}
        node = self.child(key).mapping()
        return {name: path for name in node.value if (path := node.path(name)) is not None}

    def listed_paths(self, key: str) -> tuple[str, ...]:
        for number, text in enumerate(self.strings(key)):
            if not _ABSOLUTE.match(text):
                raise _Node(text, f"{self.path_}.{key}[{number}]").wrong("an absolute path")
        return self.strings(key)

    def scalars(self, key: str) -> Mapping[str, str | int]:
        if key not in self.value:
            return {}
        node = self.child(key).mapping()
        return {name: node.child(name).scalar() for name in node.value}

    def scalar(self) -> str | int:
        if isinstance(self.value, (str, int)):
            return self.value
        # JSON has one kind of number: 2.0 is an integer.
        if isinstance(self.value, float) and self.value.is_integer():
            return int(self.value)
        raise self.wrong("a string or an integer")

    def strings(self, key: str) -> tuple[str, ...]:
        if key not in self.value:
            return ()
        node = self.child(key)
        if not isinstance(node.value, (list, tuple)):
            raise node.wrong("a list of strings")
        if not all(isinstance(item, str) for item in node.value):
            raise node.wrong("a list of strings")
        return tuple(node.value)

    def command(self, key: str) -> Command:
        words = self.strings(key)
        if not words:
            raise self.child(key).wrong("a non-empty list of strings")
        return words
