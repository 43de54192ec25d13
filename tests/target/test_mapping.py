"""The target mapping: there and back, what is wrong with it by key path, and its JSON Schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import crosshook.target
from crosshook.errors import TargetError
from crosshook.target import SCHEMA_VERSION, Toolchain, parse_target
from crosshook.target.suggestions import example_tags
from tests.conftest import MakeTarget, py

SCHEMA = json.loads(
    (Path(crosshook.target.__file__).with_name("target.schema.json")).read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

Change = Callable[[dict[str, Any]], None]

MISSING = object()


def full() -> dict[str, Any]:
    """A mapping with every key that is known."""
    command = ["/tools/cc", "-target", "x"]
    toolchain = {
        "name": "test cc",
        "argument_syntax": "gcc",
        "commands": dict.fromkeys(("cc", "cxx", "ar", "ranlib", "strip", "rc", "dlltool"), command),
        "environ": {"TOOLS_CACHE": "/tools/cache"},
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "platform_tag": "win_arm64",
        "python": {
            "schema_version": "1.0",
            "base_prefix": "/pythons",
            "base_interpreter": "C:\\Python\\python.exe",
            "platform": "win-arm64",
            "language": {"version": "3.13", "version_info": {"major": 3}},
            "implementation": {"name": "cpython", "cache_tag": "cpython-313"},
            "abi": {
                "flags": [],
                "extension_suffix": ".cp313-win_arm64.pyd",
                "stable_abi_suffix": ".pyd",
            },
            "suffixes": {"extensions": [".cp313-win_arm64.pyd", ".pyd"]},
            "libpython": {
                "dynamic": "/pythons/python313.dll",
                "dynamic_stableabi": "/pythons/python3.dll",
                "static": "/pythons/libpython.a",
                "link_extensions": True,
            },
            "c_api": {"headers": "/pythons/include", "pkgconfig_path": "/pythons/pkgconfig"},
        },
        "sysconfig_vars": {"EXT_SUFFIX": ".cp313-win_arm64.pyd", "SIZEOF_VOID_P": 8, "X": True},
        "import_libraries": {
            "dynamic": "/pythons/libs/python313.lib",
            "dynamic_stableabi": "/pythons/libs/python3.lib",
        },
        "toolchain": toolchain,
        "build_toolchain": {
            "name": "MSVC",
            "argument_syntax": "msvc",
            "commands": {},
            "environ": {},
        },
        "sysroot": "/sysroot",
        "target_packages": "/packages",
        "libraries": ["/libraries/first", "/libraries/second"],
    }


def changed(key_path: str, value: object) -> dict[str, Any]:
    """The full mapping with one value replaced, added or (``MISSING``) left out."""
    data = copy.deepcopy(full())
    *parents, last = key_path.split(".")
    node = data
    for key in parents:
        node = node[key]
    if value is MISSING:
        del node[last]
    else:
        node[last] = value
    return data


GOOD: list[Any] = [
    ("schema_version", "1"),
    ("schema_version", "1.7"),
    ("schema_version", "1.0"),
    ("python.base_interpreter", MISSING),
    ("python.abi", MISSING),
    ("python.abi", {}),
    ("python.abi.extension_suffix", MISSING),
    ("python.abi.stable_abi_suffix", MISSING),
    ("python.suffixes", MISSING),
    ("python.libpython", MISSING),
    ("python.libpython", {}),
    ("python.libpython.static", MISSING),
    ("python.c_api", MISSING),
    ("python.c_api.headers", "C:/Python/include"),
    ("python.c_api.headers", "\\\\server\\share\\include"),
    ("python.language.version", "3.14"),
    ("python.later_addition", {"any": [1, None]}),
    ("sysconfig_vars", MISSING),
    ("sysconfig_vars", {}),
    ("sysconfig_vars.EXTRA", ""),
    ("sysconfig_vars.EXTRA", -1),
    ("import_libraries", MISSING),
    ("import_libraries", {}),
    ("toolchain", MISSING),
    ("toolchain.environ", MISSING),
    ("toolchain.environ.A", 1),
    ("toolchain.cross_files", {"cmake": "/tools/a.cmake", "meson": "C:\\tools\\b.ini"}),
    ("toolchain.commands.fc", ["gfortran"]),
    ("toolchain.commands", {}),
    ("toolchain.commands.cc", ["cc"]),
    ("toolchain.commands.later_addition", "anything"),
    ("toolchain.later_addition", None),
    ("build_toolchain", MISSING),
    ("sysroot", MISSING),
    ("sysroot", "D:\\sysroot"),
    ("target_packages", MISSING),
    ("libraries", MISSING),
    ("libraries", []),
    ("libraries", ["C:/vcpkg/installed/arm64-windows"]),
    ("later_addition", {"a": 1}),
    ("sysconfig_vars.X", 2.0),
]

BAD: list[Any] = [
    ("schema_version", MISSING),
    ("schema_version", "2.0"),
    ("schema_version", "10"),
    ("schema_version", "0.9"),
    ("schema_version", ""),
    ("schema_version", 1),
    ("schema_version", 1.0),
    ("schema_version", None),
    ("platform_tag", MISSING),
    ("platform_tag", ""),
    ("platform_tag", None),
    ("platform_tag", ["win_arm64"]),
    ("python", MISSING),
    ("python", None),
    ("python", []),
    ("python", "/usr/bin/python3"),
    ("python.schema_version", MISSING),
    ("python.base_prefix", MISSING),
    ("python.base_prefix", "relative"),
    ("python.base_prefix", ""),
    ("python.base_prefix", None),
    ("python.base_interpreter", "bin/python"),
    ("python.base_interpreter", 3),
    ("python.platform", MISSING),
    ("python.platform", ""),
    ("python.platform", 1),
    ("python.language", MISSING),
    ("python.language", "3.13"),
    ("python.language.version", MISSING),
    ("python.language.version", 3.13),
    ("python.language.version", ""),
    ("python.language.version", "3"),
    ("python.language.version", "3.13.1"),
    ("python.language.version", "3.x"),
    ("python.language.version", "3.13 "),
    ("python.implementation", MISSING),
    ("python.implementation", "cpython"),
    ("python.implementation.name", MISSING),
    ("python.implementation.name", ""),
    ("python.implementation.name", 0),
    ("python.abi", []),
    ("python.abi", None),
    ("python.abi.extension_suffix", ""),
    ("python.abi.extension_suffix", None),
    ("python.abi.stable_abi_suffix", 1),
    ("python.libpython", "libpython.so"),
    ("python.libpython", None),
    ("python.libpython.dynamic", "libpython3.13.so"),
    ("python.libpython.dynamic_stableabi", ["/a"]),
    ("python.libpython.static", None),
    ("python.c_api", ["/usr/include"]),
    ("python.c_api.headers", "./include"),
    ("python.c_api.headers", ""),
    ("python.c_api.pkgconfig_path", False),
    ("sysconfig_vars", None),
    ("sysconfig_vars", []),
    ("sysconfig_vars.EXT_SUFFIX", None),
    ("sysconfig_vars.EXT_SUFFIX", [".so"]),
    ("sysconfig_vars.EXT_SUFFIX", {}),
    ("sysconfig_vars.EXT_SUFFIX", 1.5),
    ("import_libraries", "/pythons/libs"),
    ("import_libraries", None),
    ("import_libraries.dynamic", "python313.lib"),
    ("import_libraries.dynamic", None),
    ("import_libraries.another", "relative.lib"),
    ("toolchain", None),
    ("toolchain", "zig"),
    ("toolchain.cross_files", {"cmake": "a.cmake"}),
    ("toolchain.cross_files", "/tools/a.cmake"),
    ("toolchain.name", MISSING),
    ("toolchain.name", ""),
    ("toolchain.name", 1),
    ("toolchain.argument_syntax", MISSING),
    ("toolchain.argument_syntax", "clang-cl"),
    ("toolchain.argument_syntax", None),
    ("toolchain.commands", MISSING),
    ("toolchain.commands", []),
    ("toolchain.commands.cc", "cc -O2"),
    ("toolchain.commands.cc", []),
    ("toolchain.commands.cc", ["cc", 2]),
    ("toolchain.commands.cc", None),
    ("toolchain.commands.dlltool", {}),
    ("toolchain.environ", None),
    ("toolchain.environ", ["A=1"]),
    ("toolchain.environ.A", None),
    ("toolchain.environ.A", ["1"]),
    ("build_toolchain", {}),
    ("build_toolchain.commands", MISSING),
    ("build_toolchain.argument_syntax", "sh"),
    ("sysroot", "sysroot"),
    ("sysroot", ""),
    ("sysroot", None),
    ("target_packages", 1),
    ("libraries", "/libraries"),
    ("libraries", [1]),
    ("libraries", ["/libraries", "libraries"]),
    ("target_packages", "../packages"),
    ("sysroot", "\\sysroot"),
    ("python.schema_version", None),
    ("python.schema_version", "2.0"),
    ("python.schema_version", "10.0"),
    ("sysroot", "C:sysroot"),
    ("sysroot", "1:\\sysroot"),
    ("python.language.version", "\u0663.\u0661"),
    ("python.abi.flags", "t"),
    ("python.abi.flags", None),
    ("python.abi.flags", [1]),
    ("python.suffixes", None),
    ("python.suffixes", [".so"]),
    ("python.suffixes.extensions", ".so"),
    ("python.suffixes.extensions", None),
    ("python.suffixes.extensions", [1]),
]


def label(value: object) -> str:
    return "missing" if value is MISSING else ascii(value)


def test_the_full_mapping_is_good() -> None:
    parse_target(full())
    VALIDATOR.validate(full())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("key_path", "value"), GOOD, ids=label)
def test_both_accept(key_path: str, value: object) -> None:
    data = changed(key_path, value)
    parse_target(data)
    VALIDATOR.validate(data)


@pytest.mark.parametrize(("key_path", "value"), BAD, ids=label)
def test_both_refuse(key_path: str, value: object) -> None:
    data = changed(key_path, value)
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(TargetError) as caught:
        parse_target(data)
    assert caught.value.exit_code == 2
    message = caught.value.message
    assert message.startswith(f"target.{key_path}"), message
    if value is MISSING:
        assert message == f"target.{key_path}: missing"
    elif isinstance(value, str) and value:
        assert repr(value) in message


@pytest.mark.parametrize("value", [None, [], "win_arm64", 1, True])
def test_what_is_no_mapping_at_all(value: Any) -> None:
    assert not VALIDATOR.is_valid(value)
    with pytest.raises(TargetError, match=r"^target: .* is not a mapping$"):
        parse_target(value)


@pytest.mark.parametrize(
    ("key_path", "value"),
    [("platform_tag", "win-arm64"), ("python.platform", "linux-aarch64")],
)
def test_what_a_schema_cannot_say(key_path: str, value: str) -> None:
    """The schema knows no table of platforms; those two are the parser's alone."""
    data = changed(key_path, value)
    VALIDATOR.validate(data)
    with pytest.raises(TargetError, match=rf"^target\.{key_path}: .*{value}"):
        parse_target(data)


def test_an_unknown_platform_is_answered_with_a_guess() -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(changed("platform_tag", "windows-arm64"))
    assert caught.value.hint == "did you mean win_arm64?"


def test_the_source_is_the_start_of_key_paths() -> None:
    with pytest.raises(TargetError, match=r"^file\.json\.python\.base_prefix: missing$"):
        parse_target(changed("python.base_prefix", MISSING), source="file.json")


@pytest.mark.parametrize(
    ("version", "known"), [("2.0", False), ("11.0", False), ("1.99", True), ("1", True)]
)
def test_the_major_version_of_the_schema(version: str, known: bool) -> None:
    data = changed("schema_version", version)
    if known:
        parse_target(data)
        return
    with pytest.raises(TargetError) as caught:
        parse_target(data)
    assert caught.value.message == (
        f"target.schema_version: {version!r} is not supported, this reads {SCHEMA_VERSION}"
    )


@pytest.mark.parametrize("tag", example_tags())
def test_there_and_back(make_target: MakeTarget, tag: str) -> None:
    target = make_target(tag)
    data = target.to_json()
    VALIDATOR.validate(data)
    assert parse_target(data) == target
    assert parse_target(json.loads(json.dumps(data))) == target


def test_there_and_back_with_everything() -> None:
    target = parse_target(full())
    assert target.to_json() == full()
    assert parse_target(target.to_json()) == target


def test_there_and_back_with_the_least() -> None:
    data = full()
    least = {key: data[key] for key in ("schema_version", "platform_tag")}
    kept = ("schema_version", "base_prefix", "platform", "language", "implementation")
    least["python"] = {key: data["python"][key] for key in kept}
    VALIDATOR.validate(least)
    target = parse_target(least)
    assert target.to_json() == least
    assert target.toolchain is None
    assert target.extension_suffixes == ()
    assert target.abi_flags == ()


def test_unknown_keys_are_dropped_and_those_of_the_python_kept() -> None:
    data = full()
    data["later"] = 1
    data["python"]["later"] = 2
    written = parse_target(data).to_json()
    assert "later" not in written
    assert written["python"]["later"] == 2


def test_what_is_read_from_it() -> None:
    target = parse_target(full())
    assert target.platform.tag == "win_arm64"
    assert target.python_version == py("3.13")
    assert target.implementation == "cpython"
    assert target.extension_suffixes == (".cp313-win_arm64.pyd", ".pyd")
    assert target.toolchain is not None
    assert target.toolchain.commands["cc"] == ("/tools/cc", "-target", "x")
    assert target.build_toolchain == Toolchain(name="MSVC", argument_syntax="msvc", commands={})
    assert (target.sysroot, target.target_packages) == ("/sysroot", "/packages")
    assert target.libraries == ("/libraries/first", "/libraries/second")


def test_numbers_in_a_toolchains_environment_become_text() -> None:
    target = parse_target(changed("toolchain.environ.JOBS", 4))
    assert target.toolchain is not None
    assert target.toolchain.environ == {"TOOLS_CACHE": "/tools/cache", "JOBS": "4"}


def test_free_threaded() -> None:
    assert parse_target(changed("python.abi.flags", ["t"])).abi_flags == ("t",)
