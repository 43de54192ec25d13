"""What real compilers and linkers make of wrong flags, against the checks of a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from crosshook.errors import RefusedWheel
from crosshook.pythons.exports import python_exports
from crosshook.target import Target
from crosshook.target.promise import promise_of
from crosshook.wheel.checks import accept_for_target, target_remarks
from crosshook.wheel.objects import read_object
from scripts.target_pythons import cache
from tests.conftest import MakeTarget
from tests.factory import make_wheel

pytestmark = pytest.mark.integration

GLIBC, MUSL, MACOS = "manylinux_2_28_aarch64", "musllinux_1_2_aarch64", "macosx_11_0_arm64"
ARM = "manylinux_2_31_armv7l"
SUFFIXES = {
    GLIBC: ".cpython-313-aarch64-linux-gnu.so",
    MUSL: ".cpython-313-aarch64-linux-musl.so",
    MACOS: ".cpython-313-darwin.so",
    ARM: ".cpython-313-arm-linux-gnueabihf.so",
}
FLAGS = {MACOS: ("-undefined", "dynamic_lookup")}

PLAIN = """
void *PyModuleDef_Init(void *);
void *memcpy(void *, const void *, unsigned long);
static char definition[200];
void *PyInit__core(void) {
    memcpy(definition, &definition[100], 4);
    return PyModuleDef_Init(definition);
}
"""
OPENMP = (
    PLAIN
    + """
double sum(const double *numbers, int count) {
    double total = 0;
#pragma omp parallel for reduction(+ : total)
    for (int i = 0; i < count; i++) total += numbers[i];
    return total;
}
"""
)
PRIVATE = PLAIN + "int _PyLong_AsInt(void *); int f(void *o) { return _PyLong_AsInt(o); }\n"


def compiled(directory: Path, target: Target, code: str, *flags: str) -> bytes:
    source = directory / "core.c"
    source.write_text(code)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target.platform.zig_target]
    command += ["-shared", "-fPIC", "-O1", "-s", *FLAGS.get(target.platform.tag, ()), *flags]
    environ = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache() / "crosshook" / "zig")}
    command += ["-o", "core.so", "core.c"]
    subprocess.run(command, cwd=directory, check=True, env=environ)
    return (directory / "core.so").read_bytes()


def said(directory: Path, target: Target, data: bytes, *, abi: str = "cp313-cp313") -> str:
    """Return problems and remarks, a line each."""
    promise = promise_of(target, python_exports(target.platform, target.python_version))
    suffix = ".abi3.so" if "abi3" in abi else SUFFIXES[target.platform.tag]
    files = {f"demo/_core{suffix}": data}
    wheel = make_wheel(directory, files, tag=f"{abi}-{target.platform.tag}", purelib=False)
    try:
        return "\n".join(target_remarks(accept_for_target(wheel, promise), promise))
    except RefusedWheel as refused:
        return "\n".join(refused.problems)


@pytest.mark.parametrize("tag", [GLIBC, MUSL, MACOS, ARM])
def test_a_module_that_is_right(tmp_path: Path, make_target: MakeTarget, tag: str) -> None:
    target = make_target(tag)
    flags = ("-Wl,-soname,_core.so",) if tag != MACOS else ("-Wl,-install_name,@rpath/_core.so",)
    data = compiled(tmp_path, target, PLAIN, *flags)
    assert said(tmp_path, target, data) == ""


@pytest.mark.parametrize("tag", [GLIBC, MUSL, MACOS])
def test_openmp_without_its_runtime(tmp_path: Path, make_target: MakeTarget, tag: str) -> None:
    target = make_target(tag)
    text = said(tmp_path, target, compiled(tmp_path, target, OPENMP, "-fopenmp"))
    assert "__kmpc_fork_call" in text
    assert "it is linked without LLVM's OpenMP runtime" in text


@pytest.mark.parametrize("tag", [GLIBC, MACOS])
def test_private_names_in_the_stable_abi(tmp_path: Path, make_target: MakeTarget, tag: str) -> None:
    target = make_target(tag)
    data = compiled(tmp_path, target, PRIVATE)
    assert "needs _PyLong_AsInt, which the stable ABI of Python 3.10 lacks" in said(
        tmp_path, target, data, abi="cp310-abi3"
    )


def test_a_changed_byte_in_signed_code(tmp_path: Path, make_target: MakeTarget) -> None:
    target = make_target(MACOS)
    data = compiled(tmp_path, target, PLAIN, "-Wl,-install_name,@rpath/_core.so")
    changed = data.replace(b"@rpath/_core.so", b"@rpath/_cure.so", 1)
    assert "a code signature that is not of its content" in said(tmp_path, target, changed)


def test_a_directory_of_the_build_machine(tmp_path: Path, make_target: MakeTarget) -> None:
    target = make_target(GLIBC)
    data = compiled(tmp_path, target, PLAIN, "-Wl,-rpath,/opt/build/lib")
    assert "looks for libraries in /opt/build/lib" in said(tmp_path, target, data)


def test_floats_in_integer_registers(tmp_path: Path, make_target: MakeTarget) -> None:
    target = make_target(ARM)
    code = PLAIN + "float half(float number) { return number / 2; }\n"
    data = bytearray(compiled(tmp_path, target, code, "-target", "arm-linux-gnueabi"))
    data[36:40] = (0x05000400).to_bytes(4, "little")
    assert "passes floats in integer registers" in said(tmp_path, target, bytes(data))


@pytest.mark.skipif(sys.platform != "linux", reason="reads the ELF file that runs this")
def test_the_same_is_read_as_readelf_reads() -> None:
    path = Path(sys.executable).resolve()
    found = read_object(path.name, path.read_bytes())
    assert found is not None
    with path.open("rb") as stream:
        elf: Any = ELFFile(stream)
        symbols = list(elf.get_section_by_name(".dynsym").iter_symbols())
        needed = [t.needed for t in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
    defined = {
        s.name
        for s in symbols
        if s["st_shndx"] != "SHN_UNDEF" and s["st_info"]["bind"] in ("STB_GLOBAL", "STB_WEAK")
    }
    undefined = {
        s.name
        for s in symbols
        if s["st_shndx"] == "SHN_UNDEF" and s["st_info"]["bind"] == "STB_GLOBAL"
    }
    assert list(found.needed) == needed
    assert found.images[0].exports == defined
    assert {one.name for one in found.images[0].imports} <= undefined
