"""The dump tool, in this Python and in every other that can be had here."""

from __future__ import annotations

import importlib.machinery
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from crosshook import dump
from crosshook.pythons.build_details import read_build_details
from crosshook.pythons.description import describe_cpython
from crosshook.pythons.named import find_build_details
from crosshook.target.platforms import parse_platform
from scripts.target_pythons import debian_python, windows_python
from tests.conftest import py
from tests.pythons.schema import VALIDATOR

FILE = Path(dump.__file__)
PATHS = ("base_prefix", "base_interpreter", "headers", "pkgconfig_path", "dynamic", "static")

# What a Python answers about itself, without the dump tool.
PROBE = """
import importlib.machinery as m, json, os, sys, sysconfig
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "hexversion": sys.implementation.hexversion,
    "name": sys.implementation.name,
    "platform": sysconfig.get_platform(),
    "prefix": sys.base_prefix,
    "extensions": m.EXTENSION_SUFFIXES,
    "include": sysconfig.get_path("include"),
    "vars": {k: v for k, v in sysconfig.get_config_vars().items() if isinstance(v, (str, int))},
}))
"""


def run(
    command: Sequence[str | Path], *arguments: str | Path, environ: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        [*command, *arguments],
        # Under Wine, Python does not start without pipes.
        input="",
        capture_output=True,
        text=True,
        env={**os.environ, **(environ or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dumped(
    command: Sequence[str | Path], environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(run(command, "-W", "error", FILE, environ=environ))
    VALIDATOR.validate(data)
    return data


def paths_in(data: Mapping[str, Any]) -> dict[str, str]:
    tables = (data, data.get("libpython", {}), data["c_api"])
    return {key: table[key] for table in tables for key in PATHS if key in table}


def compare_with_itself(
    command: Sequence[str | Path], environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Compare a dump with what the Python answers to other questions; return the dump."""
    data = dumped(command, environ)
    probed = json.loads(run(command, "-c", PROBE, environ=environ))
    assert data["language"]["version"] == probed["version"]
    assert data["implementation"]["name"] == probed["name"]
    assert data["implementation"]["hexversion"] == probed["hexversion"]
    assert data["platform"] == probed["platform"]
    assert data["base_prefix"] == probed["prefix"]
    assert data["suffixes"]["extensions"] == probed["extensions"]
    assert data["abi"]["extension_suffix"] == probed["extensions"][0]
    assert data["c_api"]["headers"] == probed["include"]
    variables = data["arbitrary_data"]["crosshook"]["sysconfig_vars"]
    directories = {*dump._DIRECTORIES, "INCLUDEPY", "CONFINCLUDEPY"}
    for name in set(variables) & set(probed["vars"]) - directories:
        assert variables[name] == probed["vars"][name]
    assert {"EXT_SUFFIX", "SOABI", "SIZEOF_VOID_P", "Py_GIL_DISABLED"} <= set(variables)
    return data


def test_this_python() -> None:
    data = compare_with_itself([sys.executable])
    for path in paths_in(data).values():
        assert Path(path).exists()
    assert data["abi"]["stable_abi_suffix"] in importlib.machinery.EXTENSION_SUFFIXES
    in_its_base = sys.prefix == sys.base_prefix
    assert Path(data["base_interpreter"]).is_relative_to(sys.prefix) is in_its_base


def test_the_module_and_the_file_are_one(tmp_path: Path) -> None:
    copy = shutil.copy(FILE, tmp_path)
    as_file = run([sys.executable, "-I", "-S"], copy)
    assert run([sys.executable, "-m", "crosshook.dump"]) == as_file
    made = tmp_path / "made.json"
    assert run([sys.executable], copy, "-o", made) == ""
    assert made.read_text(encoding="utf-8") == as_file


def test_help() -> None:
    assert "build-details.json" in run([sys.executable], FILE, "--help")


def test_a_virtual_environment_has_the_description_of_its_base(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=os.name != "nt")
    scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    inside = tmp_path / "venv" / scripts
    assert dumped([inside]) == dumped([sys.executable])


@pytest.mark.parametrize("tag", ["linux_aarch64", "win_arm64", "macosx_11_0_arm64"])
def test_it_writes_what_a_composed_python_has(tag: str) -> None:
    platform = parse_platform(tag, source="test")
    composed = describe_cpython(platform, py("3.13"), prefix="/", headers="/")
    assert set(composed.sysconfig_vars) <= set(dump.SYSCONFIG_VARS)
    written = dump.describe()
    assert set(composed.details) <= set(written)
    assert set(composed.details["suffixes"]) == set(written["suffixes"])


LINUX = [".cpython-315-x86_64-linux-gnu.so", ".abi3-x86_64-linux-gnu.so", ".abi3.so"]
LINUX += [".abi3t-x86_64-linux-gnu.so", ".abi3t.so", ".so"]
THREADED = [".cpython-313t-x86_64-linux-gnu.so", ".abi3.so", ".so"]
WINDOWS = [".cp315-win_amd64.pyd", ".pyd"]
DEBUG = ["_d.cp315-win_amd64.pyd", "_d.pyd"]


@pytest.mark.parametrize(
    ("flags", "extensions", "version", "windows", "expected"),
    [
        ([], LINUX, (3, 15), False, ".abi3.so"),
        (["t"], LINUX, (3, 15), False, ".abi3t.so"),
        (["t"], THREADED, (3, 13), False, None),
        ([], [".cpython-313-x86_64-linux-musl.so", ".so"], (3, 13), False, None),
        ([], WINDOWS, (3, 13), True, ".pyd"),
        (["d"], DEBUG, (3, 15), True, "_d.pyd"),
        (["t"], WINDOWS, (3, 14), True, None),
        (["t"], WINDOWS, (3, 15), True, ".pyd"),
    ],
)
def test_the_suffix_of_the_stable_abi(
    flags: list[str],
    extensions: list[str],
    version: tuple[int, int],
    windows: bool,
    expected: str | None,
) -> None:
    found = dump.stable_abi_suffix(flags, extensions, version=version, windows=windows)
    assert found == expected


@pytest.mark.parametrize(
    ("kernel", "pointer_size", "expected"),
    [
        ("linux-x86_64", 8, "linux-x86_64"),
        ("linux-x86_64", 4, "linux-i686"),
        ("linux-aarch64", 4, "linux-armv7l"),
        ("linux-armv8l", 4, "linux-armv7l"),
        ("linux-armv7l", 4, "linux-armv7l"),
        ("win32", 4, "win32"),
    ],
)
def test_the_platform_is_the_interpreters(
    kernel: str, pointer_size: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_platform", lambda: kernel)
    assert dump.platform(pointer_size) == expected


@pytest.mark.integration
@pytest.mark.parametrize("name", [*(f"python3.{minor}" for minor in range(8, 16)), "pypy3"])
def test_pythons_of_this_machine(name: str) -> None:
    found = shutil.which(name)
    if found is None or subprocess.run([found, "-V"], check=False, capture_output=True).returncode:
        pytest.skip(f"no {name} on PATH")
    data = compare_with_itself([found])
    for path in paths_in(data).values():
        assert Path(path).exists()


@pytest.mark.integration
@pytest.mark.parametrize(
    ("architecture", "version", "arch"),
    [("arm64", "3.11", "aarch64"), ("arm64", "3.14", "aarch64"), ("amd64", "3.14", "x86_64")],
)
def test_a_python_for_another_processor(architecture: str, version: str, arch: str) -> None:
    qemu = shutil.which(f"qemu-{arch}-static") or shutil.which(f"qemu-{arch}")
    if qemu is None:
        pytest.skip(f"needs qemu-{arch}")
    root = debian_python(architecture, version)
    data = compare_with_itself([qemu, "-L", root, root / f"usr/bin/python{version}"])
    assert data["platform"] == f"linux-{arch}"
    assert data["abi"]["extension_suffix"].endswith(f"-{arch}-linux-gnu.so")
    for path in paths_in(data).values():
        # Debian's own is silent about where it was unpacked to.
        assert path.startswith(str(root))
        assert Path(path).exists()


@pytest.mark.integration
def test_what_debian_ships_beside_it() -> None:
    """docs/reference/target-pythons.md has the differences."""
    qemu = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if qemu is None:
        pytest.skip("needs qemu-aarch64")
    root = debian_python("arm64", "3.14")
    platform = parse_platform("linux_aarch64", source="test")
    shipped = find_build_details(root / "usr", platform, py("3.14"))
    assert shipped is not None
    theirs = flat(json.loads(shipped.read_text(encoding="utf-8")))
    ours = flat(dumped([qemu, "-L", root, root / "usr/bin/python3.14"]))
    moved = {key: str(value).replace("/usr", f"{root}/usr", 1) for key, value in theirs.items()}
    different = {key for key in theirs if key in ours and moved[key] != str(ours[key])}
    assert different == set()
    assert set(theirs) - set(ours) == set()
    added = {key for key in set(ours) - set(theirs) if not key.startswith("arbitrary_data.")}
    assert added - {"libpython.dynamic", "libpython.link_extensions"} == {
        "abi.extension_suffix",
        "abi.stable_abi_suffix",
        "suffixes.optimized_bytecode",
        "suffixes.debug_bytecode",
    }
    read = read_build_details(shipped, platform, py("3.14"))
    assert [repair.partition(":")[0] for repair in read.repairs] == [
        "abi.extension_suffix",
        "abi.stable_abi_suffix",
    ]
    mended = flat(dict(read.data))
    assert {key: mended[key] for key in mended if key in ours} == {
        key: ours[key] for key in mended if key in ours
    }


def flat(data: Mapping[str, Any], start: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{start}{key}.")
        else:
            found[f"{start}{key}"] = value
    return found


@pytest.mark.integration
@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_a_python_for_windows(version: str, tmp_path: Path) -> None:
    wine = shutil.which("wine")
    if wine is None:
        pytest.skip("needs Wine")
    prefix = windows_python(version)
    environ = {
        "WINEPREFIX": str(tmp_path / "wine"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "DISPLAY": "",
    }
    data = compare_with_itself([wine, prefix / "python.exe"], environ)
    platform = parse_platform("win_amd64", source="test")
    digits = version.replace(".", "")
    assert data["abi"] == {
        "flags": [],
        "extension_suffix": f".cp{digits}-win_amd64.pyd",
        "stable_abi_suffix": ".pyd",
    }
    assert data["libpython"]["link_extensions"] is True
    libraries = data["arbitrary_data"]["crosshook"]["import_libraries"]
    assert libraries["dynamic"].endswith(f"\\libs\\python{digits}.lib")
    for path in (*paths_in(data).values(), *libraries.values()):
        # Wine's drive Z: is the root directory; case does not count there.
        here = path.removeprefix("Z:").replace("\\", "/").replace("/Include", "/include")
        assert Path(here).exists()
    file = tmp_path / "dump.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    assert read_build_details(file, platform, py(version)).repairs == ()
