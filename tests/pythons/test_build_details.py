"""Reading ``build-details.json``: the schema, key paths in errors, paths, and known defects."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosshook.errors import TargetPythonError
from crosshook.pythons.build_details import (
    BuildDetails,
    check_build_details,
    read_build_details,
)
from crosshook.target.platforms import parse_platform
from tests.conftest import py
from tests.pythons.schema import VALIDATOR

MISSING = object()
VALUES: tuple[object, ...] = (
    MISSING,
    None,
    True,
    0,
    1.5,
    "text",
    "3.14",
    "final",
    [],
    ["text"],
    {},
    {"text": "text"},
    {"text": ["text"]},
    {"dynamic": "text"},
)


def full(platform: str = "linux-aarch64") -> dict[str, Any]:
    """Valid data with every key that the schema has."""
    info = {"major": 3, "minor": 13, "micro": 2, "releaselevel": "final", "serial": 0}
    extensions = [".cpython-313-aarch64-linux-gnu.so", ".abi3.so", ".so"]
    return {
        "schema_version": "1.0",
        "base_prefix": "/usr",
        "base_interpreter": "/usr/bin/python3.13",
        "platform": platform,
        "language": {"version": "3.13", "version_info": dict(info)},
        "implementation": {
            "name": "cpython",
            "version": dict(info),
            "hexversion": 0x030D02F0,
            "cache_tag": "cpython-313",
            "_multiarch": "aarch64-linux-gnu",
        },
        "abi": {
            "flags": [],
            "extension_suffix": extensions[0],
            "stable_abi_suffix": ".abi3.so",
        },
        "suffixes": {"source": [".py"], "extensions": extensions},
        "libpython": {
            "dynamic": "/usr/lib/libpython3.13.so.1.0",
            "dynamic_stableabi": "/usr/lib/libpython3.so",
            "static": "/usr/lib/libpython3.13.a",
            "link_extensions": False,
        },
        "c_api": {"headers": "/usr/include/python3.13", "pkgconfig_path": "/usr/lib/pkgconfig"},
        "arbitrary_data": {"crosshook": {"sysconfig_vars": {"SIZEOF_VOID_P": 8}}},
    }


def key_paths(data: object, start: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*start, key)
            yield from key_paths(value, (*start, key))
        yield (*start, "unknown")


def changed(keys: str | tuple[str, ...], value: object) -> dict[str, Any]:
    """The full data with one value replaced, added or (``MISSING``) left out."""
    data = full()
    *parents, last = keys.split(".") if isinstance(keys, str) else keys
    node = data
    for key in parents:
        node = node[key]
    if value is MISSING:
        node.pop(last, None)
    else:
        node[last] = copy.deepcopy(value)
    return data


def is_accepted(data: object) -> bool:
    try:
        check_build_details(data, source="test")
    except TargetPythonError:
        return False
    return True


STRICTER = {("language", "version"), ("suffixes",), ("abi", "flags")}
"""Where the schema takes more than PEP 739 can mean; below, and themselves."""


@pytest.mark.parametrize("keys", list(key_paths(full())), ids=".".join)
def test_verdicts_are_those_of_the_schema(keys: tuple[str, ...]) -> None:
    for value in VALUES:
        data = changed(keys, value)
        ours, theirs = is_accepted(data), VALIDATOR.is_valid(data)
        if any(keys[: len(prefix)] == prefix for prefix in STRICTER):
            assert theirs or not ours, (keys, value)
        else:
            assert ours == theirs, (keys, value)


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_what_is_no_description_at_all(data: object) -> None:
    assert not is_accepted(data)


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        ("base_prefix", 3, "f: base_prefix: 3 is not a non-empty string"),
        ("base_prefix", MISSING, "f: base_prefix: missing"),
        ("unknown", 1, "f: unknown: unknown key"),
        ("abi.flags", [1], "f: abi.flags: [1] is not a list of strings"),
        ("suffixes", [], "f: suffixes: [] is not an object"),
        ("suffixes.extensions", ".so", "f: suffixes.extensions: '.so' is not a list of strings"),
        ("language.version", "3", "f: language.version: '3' is not MAJOR.MINOR"),
        (
            "implementation.version.releaselevel",
            "last",
            "f: implementation.version.releaselevel: 'last' is not a release level",
        ),
        ("schema_version", "2.0", "f: schema_version: '2.0' is not '1.0'"),
        ("c_api.headers", "", "f: c_api.headers: '' is not a non-empty string"),
    ],
)
def test_errors_name_the_key_path(keys: str, value: object, said: str) -> None:
    with pytest.raises(TargetPythonError) as caught:
        check_build_details(changed(keys, value), source="f")
    assert caught.value.message == said


def read(
    file: Path,
    data: object,
    tag: str = "linux_aarch64",
) -> BuildDetails:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data), encoding="utf-8")
    return read_build_details(file, parse_platform(tag, source="test"), py("3.13"))


def test_a_good_file_is_left_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path / "any-name.json", full())
    assert found.data == full()
    assert found.repairs == ()
    assert found.sysconfig_vars == {"SIZEOF_VOID_P": 8}


def test_relative_paths(tmp_path: Path) -> None:
    data = changed("base_prefix", "../..")
    data["base_interpreter"] = "bin/python3.13"
    data["c_api"]["headers"] = "./include/python3.13"
    found = read(tmp_path / "lib/python3.13/build-details.json", data).data
    assert found["base_prefix"] == str(tmp_path)
    assert found["base_interpreter"] == str(tmp_path / "bin/python3.13")
    assert found["c_api"]["headers"] == str(tmp_path / "include/python3.13")
    assert found["libpython"]["static"] == "/usr/lib/libpython3.13.a"


def test_a_prefix_that_was_unpacked_elsewhere(tmp_path: Path) -> None:
    data = changed("libpython.static", "/usrlocal/libpython3.13.a")
    name = "build-details..aarch64-linux-gnu.json"
    found = read(tmp_path / "root/usr/lib/python3.13" / name, data).data
    assert found["base_prefix"] == str(tmp_path / "root/usr")
    assert found["c_api"]["headers"] == str(tmp_path / "root/usr/include/python3.13")
    assert found["libpython"]["dynamic"] == str(tmp_path / "root/usr/lib/libpython3.13.so.1.0")
    assert found["libpython"]["static"] == "/usrlocal/libpython3.13.a"


WINDOWS_SUFFIXES = [".cp313-win_arm64.pyd", ".pyd"]


def windows() -> dict[str, Any]:
    """As CPython's ``PC/layout`` writes it, without development files."""
    data = full("win-arm64")
    data["base_prefix"] = "."
    data["base_interpreter"] = "python.exe"
    data["abi"] = {
        "flags": [],
        "extension_suffix": WINDOWS_SUFFIXES[0],
        "stable_abi_suffix": ".pyd",
    }
    data["suffixes"] = {"extensions": WINDOWS_SUFFIXES}
    data["libpython"] = {
        "dynamic": "python313.dll",
        "dynamic_stableabi": "python3.dll",
        "link_extensions": True,
    }
    data["c_api"] = {}
    del data["implementation"]["hexversion"]
    return data


def test_a_file_of_windows(tmp_path: Path) -> None:
    found = read(tmp_path / "build-details.json", windows(), "win_arm64")
    assert found.data["libpython"]["dynamic"] == str(tmp_path / "python313.dll")
    assert found.data["implementation"]["hexversion"] == 0x030D02F0
    assert "c_api" not in found.data
    assert found.repairs == (
        "c_api: is empty, left out",
        "implementation.hexversion: missing, taken from the version",
    )


def test_paths_of_windows_read_anywhere(tmp_path: Path) -> None:
    data = windows() | {"base_prefix": "C:\\Python", "c_api": {"headers": "Include"}}
    found = read(tmp_path / "build-details.json", data, "win_arm64").data
    assert found["c_api"]["headers"] == "C:\\Python\\Include"
    assert found["libpython"]["dynamic"] == "C:\\Python\\python313.dll"


OWN = ".cpython-313-aarch64-linux-gnu.so"
X86 = ".cpython-313-x86_64-linux-gnu.so"

# Key path, value, key path, what it has to be, the start of each repair.
DEFECTS: list[tuple[str, object, str, object, tuple[str, ...]]] = [
    ("abi.extension_suffix", MISSING, "abi.extension_suffix", OWN, ("abi.extension_suffix",)),
    ("abi.stable_abi_suffix", MISSING, "abi.stable_abi_suffix", ".abi3.so", ("abi.stable_abi",)),
    (
        "abi.stable_abi_suffix",
        ".abi3-aarch64-linux-gnu.so",
        "abi.stable_abi_suffix",
        ".abi3.so",
        ("abi.stable_abi_suffix: '.abi3-aarch64",),
    ),
    ("suffixes", MISSING, "suffixes.extensions", [OWN, ".abi3.so", ".so"], ("suffixes.ext",)),
    ("abi", MISSING, "abi.extension_suffix", OWN, ("abi: ", "abi.extension", "abi.stable")),
    (
        "suffixes.extensions",
        [X86, ".abi3.so", ".so"],
        "suffixes.extensions",
        [OWN, ".abi3.so", ".so"],
        ("suffixes.extensions: '.cpython-313-x86_64",),
    ),
    (
        "abi.extension_suffix",
        X86,
        "abi.extension_suffix",
        OWN,
        ("abi.extension_suffix: '.cpython-313-x86_64",),
    ),
    (
        "suffixes.extensions",
        [OWN, ".abi3.so", ".abi3-aarch64-linux-gnu.so", ".so"],
        "abi.stable_abi_suffix",
        ".abi3.so",
        (),
    ),
    (
        "libpython",
        {"dynamic": "/l.so", "dynamic-stableabi": "/3.so", "link_extensions": False},
        "libpython.dynamic_stableabi",
        "/3.so",
        ("libpython.dynamic-stableabi",),
    ),
    ("libpython.link_extensions", MISSING, "libpython.link_extensions", False, ("libpython.l",)),
    ("schema_version", "1.1", "schema_version", "1.0", ()),
    ("later", 1, "schema_version", "1.0", ("later: unknown",)),
    ("language.later", 1, "language.version", "3.13", ("language.later: unknown",)),
    ("implementation.hexversion", MISSING, "implementation.hexversion", 0x030D02F0, ("impl",)),
    ("implementation.cache_tag", MISSING, "implementation.cache_tag", "cpython-313", ("impl",)),
    # A build that its maker gave a suffix of its own is nobody's mistake.
    ("abi.extension_suffix", ".mine.so", "abi.extension_suffix", ".mine.so", ()),
]


@pytest.mark.parametrize(("keys", "value", "mended", "expected", "said"), DEFECTS)
def test_known_defects_are_mended(
    tmp_path: Path, keys: str, value: object, mended: str, expected: object, said: tuple[str, ...]
) -> None:
    found = read(tmp_path / "build-details.json", changed(keys, value))
    node: Any = found.data
    for key in mended.split("."):
        node = node[key]
    assert node == expected
    assert len(found.repairs) == len(said), found.repairs
    for repair, start in zip(found.repairs, said, strict=True):
        assert repair.startswith(start)
    VALIDATOR.validate(found.data)


def test_flags_of_the_python_that_ran_the_generator(tmp_path: Path) -> None:
    """The name of the directory of headers comes from the Makefile, so it is right."""
    data = changed("c_api.headers", "/usr/include/python3.13t")
    with pytest.raises(TargetPythonError, match=r"abi\.flags is \['t'\], this build needs \[\]"):
        read(tmp_path / "build-details.json", data)
    data = changed("abi.flags", ["d"])
    found = read(tmp_path / "build-details.json", data)
    assert found.data["abi"]["flags"] == []
    assert found.repairs[0].startswith("abi.flags: ['d'] contradicts c_api.headers")


def test_a_free_threaded_python_that_was_cross_built(tmp_path: Path) -> None:
    """With the flags and the suffixes of the Python with the GIL that ran the generator."""
    data = changed("suffixes.extensions", [X86, ".abi3.so", ".so"])
    data["c_api"]["headers"] = "/usr/include/python3.13t"
    del data["abi"]["extension_suffix"], data["abi"]["stable_abi_suffix"]
    file = tmp_path / "build-details.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    platform = parse_platform("linux_aarch64", source="test")
    found = read_build_details(file, platform, py("3.13t"))
    assert found.data["abi"] == {
        "flags": ["t"],
        "extension_suffix": ".cpython-313t-aarch64-linux-gnu.so",
    }
    assert found.data["suffixes"]["extensions"] == [
        ".cpython-313t-aarch64-linux-gnu.so",
        ".abi3.so",
        ".so",
    ]


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        ("platform", "linux-x86_64", "platform is 'linux-x86_64', linux_aarch64 needs 'linux-"),
        ("language.version", "3.12", "language.version is '3.12', this build needs '3.13'"),
        (
            "implementation.name",
            "pypy",
            "implementation.name is 'pypy', this build needs 'cpython'",
        ),
        ("schema_version", "2.0", "schema_version: '2.0' is not '1.0'"),
        ("schema_version", 1, "schema_version: 1 is not '1.0'"),
        ("arbitrary_data.crosshook", [], "arbitrary_data.crosshook: [] is not an object"),
        (
            "arbitrary_data.crosshook",
            {"sysconfig_vars": {"CC": []}},
            "arbitrary_data.crosshook.sysconfig_vars.CC: [] is not a string or an integer",
        ),
    ],
)
def test_what_cannot_be_mended(tmp_path: Path, keys: str, value: object, said: str) -> None:
    file = tmp_path / "build-details.json"
    with pytest.raises(TargetPythonError) as caught:
        read(file, changed(keys, value))
    assert caught.value.message.startswith(f"{file}: {said}")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null"])
def test_files_that_are_not_json_objects(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "build-details.json"
    file.write_bytes(content)
    with pytest.raises(TargetPythonError, match=r"build-details\.json: (not JSON|is not a JSON)"):
        read_build_details(file, parse_platform("linux_aarch64", source="test"), py("3.13"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetPythonError, match="No such file"):
        read_build_details(
            tmp_path / "nothing", parse_platform("linux_aarch64", source="test"), py("3.13")
        )
