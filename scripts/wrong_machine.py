"""Make wheels for the wrong machine with released tools, in ways that look right.

    python -m scripts.wrong_machine [--markdown FILE] [CASE ...]

Each case has a virtual environment of its own, with the named releases from the package index and
nothing of crosshook, and builds a small project with one module. It needs x86-64 Linux, a C
compiler, Python's headers and, for setuptools-rust, Cargo; compilers for other machines are zig's,
from the index. What the wheel holds is read by ``crosshook.wheel.reading``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosshook.wheel.reading import read_wheel

ZIG = "ziglang==0.17.0"
SETUPTOOLS = "setuptools==84.2.1"
BUILD = "build==1.6.1"

C_MODULE = """#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "demo"};
PyMODINIT_FUNC PyInit_demo(void) { return PyModule_Create(&module); }
"""
RUST_MODULE = """#[no_mangle]
pub extern "C" fn PyInit_demo() -> *mut u8 { std::ptr::null_mut() }
"""
CARGO = '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n[lib]\npath = "demo.rs"\n'
CARGO += 'crate-type = ["cdylib"]\n'


def declaration(backend: str) -> str:
    return (
        f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
        '[project]\nname = "demo"\nversion = "1.0"\n'
    )


SETUPTOOLS_PROJECT = {
    "pyproject.toml": declaration("setuptools.build_meta"),
    "setup.py": "from setuptools import Extension, setup\n"
    "setup(ext_modules=[Extension('demo', ['demo.c'])], py_modules=[])\n",
    "demo.c": C_MODULE,
}
OPTIONAL_PROJECT = {
    **SETUPTOOLS_PROJECT,
    "setup.py": "from setuptools import Extension, setup\n"
    "setup(ext_modules=[Extension('demo', ['demo.c'], optional=True)], py_modules=[])\n",
}
PURE_PROJECT = {
    "pyproject.toml": declaration("setuptools.build_meta"),
    "demo.py": "",
}
RUST_PROJECT = {
    "pyproject.toml": declaration("setuptools.build_meta"),
    "setup.py": "from setuptools import setup\n"
    "from setuptools_rust import Binding, RustExtension\n"
    "setup(rust_extensions=[RustExtension('demo', binding=Binding.NoBinding)], py_modules=[])\n",
    "Cargo.toml": CARGO,
    "demo.rs": RUST_MODULE,
}
MESON_PROJECT = {
    "pyproject.toml": declaration("mesonpy"),
    "meson.build": "project('demo', 'c', version: '1.0')\n"
    "py = import('python').find_installation()\n"
    "py.extension_module('demo', 'demo.c', install: true)\n",
    "demo.c": C_MODULE,
}
CMAKE_PROJECT = {
    "pyproject.toml": declaration("scikit_build_core.build"),
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.18...4.0)\nproject(demo LANGUAGES C)\n"
    "find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)\n"
    "Python_add_library(demo MODULE demo.c WITH_SOABI)\n"
    "install(TARGETS demo DESTINATION .)\n",
    "demo.c": C_MODULE,
}
CROSS_FILE = """[binaries]
c = ['{python}', '-m', 'ziglang', 'cc', '-target', 'aarch64-linux-gnu.2.28']
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
"""
CMAKE_TOOLCHAIN = """set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER "{python}" -m ziglang cc -target aarch64-linux-gnu.2.28)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A way to build for another machine, and what is wrong with what comes of it."""

    tools: tuple[str, ...]
    """Requirements with ``==``; the first is the one that is shown."""
    given: str
    """What a user sets, as shown."""
    wrong: str
    project: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    """``{python}`` is that of the environment, ``{room}`` a directory for files."""
    options: tuple[str, ...] = ()
    """Of ``python -m build``."""
    files: Mapping[str, str] = field(default_factory=dict)
    afterwards: tuple[str, ...] = ()
    """Arguments of a Python that is run over the wheel, as ``{wheel}``."""


_ZIG_CC = "{python} -m ziglang cc -target aarch64-linux-gnu.2.28"
_EXT_SUFFIX = f".cpython-{sys.version_info[0]}{sys.version_info[1]}-aarch64-linux-gnu.so"

CASES: Mapping[str, Case] = {
    "plat-name": Case(
        tools=(SETUPTOOLS, BUILD),
        given="`[bdist_wheel] plat_name = win_arm64`",
        wrong="tag for win_arm64, code for x86-64 Linux",
        project={**SETUPTOOLS_PROJECT, "setup.cfg": "[bdist_wheel]\nplat_name = win_arm64\n"},
    ),
    "plat-name-option": Case(
        tools=(BUILD, SETUPTOOLS),
        given="`--config-setting=--build-option=--plat-name=manylinux_2_28_aarch64`",
        wrong="tag for aarch64, code for x86-64",
        project=SETUPTOOLS_PROJECT,
        options=("--config-setting=--build-option=--plat-name=manylinux_2_28_aarch64",),
    ),
    "plat-name-pure": Case(
        tools=(SETUPTOOLS, BUILD),
        given="`[bdist_wheel] plat_name = win_arm64`, no compiled code",
        wrong="a pure project, tagged for one platform",
        project={**PURE_PROJECT, "setup.cfg": "[bdist_wheel]\nplat_name = win_arm64\n"},
    ),
    "host-platform": Case(
        tools=(SETUPTOOLS, BUILD),
        given="`_PYTHON_HOST_PLATFORM=linux-aarch64`",
        wrong="tag for aarch64, code for x86-64",
        project=SETUPTOOLS_PROJECT,
        environ={"_PYTHON_HOST_PLATFORM": "linux-aarch64"},
    ),
    "ext-suffix": Case(
        tools=(SETUPTOOLS, BUILD),
        given="`_PYTHON_HOST_PLATFORM=linux-aarch64`, `SETUPTOOLS_EXT_SUFFIX`",
        wrong="tag and module's name for aarch64, code for x86-64",
        project=SETUPTOOLS_PROJECT,
        environ={
            "_PYTHON_HOST_PLATFORM": "linux-aarch64",
            "SETUPTOOLS_EXT_SUFFIX": _EXT_SUFFIX,
        },
    ),
    "cc": Case(
        tools=(SETUPTOOLS, BUILD, ZIG),
        given="`CC` and `LDSHARED`: a compiler for aarch64",
        wrong="tag and module's name for x86-64, code for aarch64",
        project=SETUPTOOLS_PROJECT,
        environ={"CC": _ZIG_CC, "LDSHARED": f"{_ZIG_CC} -shared"},
    ),
    "optional": Case(
        tools=(SETUPTOOLS, BUILD),
        given="`CC`: a compiler that is not there; the module is optional",
        wrong="no module, and the wheel is delivered",
        project=OPTIONAL_PROJECT,
        environ={"CC": "aarch64-linux-gnu-no-such-gcc"},
    ),
    "wheel-tags": Case(
        tools=("wheel==0.48.0", SETUPTOOLS, BUILD),
        given="`wheel tags --platform-tag win_arm64`",
        wrong="tag for win_arm64, code for x86-64 Linux",
        project=SETUPTOOLS_PROJECT,
        afterwards=("-m", "wheel", "tags", "--remove", "--platform-tag", "win_arm64", "{wheel}"),
    ),
    "setuptools-rust": Case(
        tools=("setuptools-rust==1.13.0", SETUPTOOLS, BUILD),
        given="`[bdist_wheel] plat_name = win_arm64`",
        wrong="tag for win_arm64, code for x86-64 Linux",
        project={**RUST_PROJECT, "setup.cfg": "[bdist_wheel]\nplat_name = win_arm64\n"},
    ),
    "cargo-build-target": Case(
        tools=("setuptools-rust==1.13.0", SETUPTOOLS, BUILD, ZIG),
        given="`CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu`, its linker",
        wrong="tag and module's name for x86-64, code for aarch64",
        project=RUST_PROJECT,
        files={"linker": '#!/bin/sh\nexec {python} -m ziglang cc -target aarch64-linux-gnu "$@"\n'},
        environ={
            "CARGO_BUILD_TARGET": "aarch64-unknown-linux-gnu",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "{room}/linker",
        },
    ),
    "meson-python": Case(
        tools=("meson-python==0.22.1", "meson==1.12.1", "ninja==1.13.2", BUILD, ZIG),
        given="`setup-args=--cross-file=FILE`, a cross file with a compiler for aarch64",
        wrong="tag and module's name for x86-64, code for aarch64",
        project=MESON_PROJECT,
        files={"cross.ini": CROSS_FILE},
        options=("--config-setting=setup-args=--cross-file={room}/cross.ini",),
    ),
    "scikit-build-core": Case(
        tools=("scikit-build-core==1.1.2", "cmake==4.4.4", "ninja==1.13.2", BUILD, ZIG),
        given="`CMAKE_TOOLCHAIN_FILE=FILE`, a toolchain file with a compiler for aarch64",
        wrong="tag and module's name for x86-64, code for aarch64",
        project=CMAKE_PROJECT,
        files={"toolchain.cmake": CMAKE_TOOLCHAIN},
        environ={"CMAKE_TOOLCHAIN_FILE": "{room}/toolchain.cmake"},
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What came of a case."""

    case: Case
    wheel: str
    module: str
    code: str


class NotBuilt(Exception):
    """The tool did not deliver a wheel: what it printed."""


def build(case: Case, room: Path) -> Row:
    """Build in an empty directory and return what came of it.

    :raises NotBuilt: if the build or what is run afterwards fails.
    """
    environment, project, out = room / "environment", room / "project", room / "out"
    run([sys.executable, "-m", "venv", environment])
    python = str(environment / "bin" / "python")
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *case.tools])
    places = {"python": python, "room": str(room)}
    project.mkdir()
    for name, text in case.project.items():
        (project / name).write_text(text, encoding="utf-8")
    for name, text in case.files.items():
        (room / name).write_text(text.replace("{python}", python), encoding="utf-8")
        (room / name).chmod(0o755)
    own = {name: value.format(**places) for name, value in case.environ.items()}
    own["PATH"] = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    options = [option.format(**places) for option in case.options]
    command = [python, "-m", "build", "--wheel", "--no-isolation", "--skip-dependency-check"]
    run([*command, "--outdir", out, *options, project], own)
    if case.afterwards:
        (wheel,) = out.glob("*.whl")
        run([python, *(word.format(wheel=wheel) for word in case.afterwards)], own)
    (wheel,) = out.glob("*.whl")
    objects = read_wheel(wheel).objects
    return Row(
        case=case,
        wheel=wheel.name,
        module=", ".join(found.name for found in objects) or "none",
        code=", ".join(found.description for found in objects) or "none",
    )


def run(command: Sequence[str | Path], environ: Mapping[str, str] | None = None) -> None:
    tools = ("CC", "CXX", "CFLAGS", "LDFLAGS", "LDSHARED", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in tools}
    done = subprocess.run(
        [str(word) for word in command],
        env={**kept, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotBuilt(f"{command[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


def is_wrong(row: Row) -> bool:
    """Tell whether the wheel's tag, its module's name and its code are not for one machine."""
    tag = "aarch64" if "aarch64" in row.wheel else row.wheel.rpartition("-")[2]
    if row.module == "none":
        return row.case.project != PURE_PROJECT or "none-any" not in row.wheel
    named = "aarch64" in row.module
    for_aarch64 = "for aarch64" in row.code
    return tag == "win_arm64.whl" or not ((tag == "aarch64") == named == for_aarch64)


PAGE = """# Wheels for the wrong machine

Written by `python -m scripts.wrong_machine --markdown docs/evidence/wrong-machine-wheels.md` on
{platform}, with CPython {version} and released tools from PyPI; nothing of crosshook takes
part in these builds. Every one ended with exit code 0. The projects hold one module, `demo`.

{table}
"""


def page(rows: Sequence[Row], left_out: Sequence[str]) -> str:
    return PAGE.format(
        platform=sysconfig.get_platform(),
        version=".".join(map(str, sys.version_info[:3])),
        table="\n".join([*lines(rows), *(["", *left_out] if left_out else [])]),
    )


def lines(rows: Sequence[Row]) -> Iterator[str]:
    yield "| tools | given | wheel | module in it | its code | what is wrong |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        tools = ", ".join(tool.replace("==", " ") for tool in row.case.tools if tool != BUILD)
        wheel, module = f"`{row.wheel}`", f"`{row.module}`" if row.module != "none" else "none"
        cells = (tools, row.case.given, wheel, module, row.code, row.case.wrong)
        yield f"| {' | '.join(cells)} |"


def possible(name: str, which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Return why a case cannot be tried on this machine, or None if it can."""
    if CASES[name].project is not RUST_PROJECT and "Cargo.toml" not in CASES[name].project:
        return None
    if which("cargo") is None or which("rustc") is None:
        return "there is no Cargo"
    target = CASES[name].environ.get("CARGO_BUILD_TARGET")
    if target is None:
        return None
    words = ["rustc", "--print", "target-libdir", "--target", target]
    libraries = Path(subprocess.run(words, capture_output=True, text=True).stdout.strip())
    return None if any(libraries.glob("libstd-*.rlib")) else f"rustc has no library for {target}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("cases", metavar="CASE", nargs="*", help=", ".join(CASES))
    parser.add_argument("--markdown", type=Path, help="write the page to this file as well")
    options = parser.parse_args(arguments)
    rows, left_out, code = [], [], 0
    for name in options.cases or CASES:
        why = possible(name)
        if why is not None:
            left_out.append(f"Not tried, {name} ({CASES[name].given}): {why}.")
            continue
        with tempfile.TemporaryDirectory() as directory:
            try:
                row = build(CASES[name], Path(directory))
            except NotBuilt as error:
                print(f"{name}: no wheel: {error}", file=sys.stderr)
                code = 1
                continue
        if not is_wrong(row):
            print(f"{name}: {row.wheel} is right", file=sys.stderr)
            code = 1
            continue
        print(f"{name}: {row.wheel}", file=sys.stderr)
        rows.append(row)
    text = page(rows, left_out)
    print(text)
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
