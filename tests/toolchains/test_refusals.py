"""What gcc accepts and clang refuses: the hint, and that clang says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crosshook.target.platforms import parse_platform
from crosshook.toolchains import zig
from crosshook.toolchains.refusals import other_compiler
from scripts.target_pythons import cache

LINUX = parse_platform("manylinux_2_28_x86_64", source="test")

REFUSED = {
    "#pragma GCC target": (
        '#pragma GCC target("avx2")\n#include <immintrin.h>\n'
        "__m256i f(__m256i a) { return _mm256_add_epi8(a, a); }\n"
    ),
    "`#pragma GCC target` stands": (
        '#pragma GCC target("sse4.2")\n'
        "unsigned f(unsigned a, unsigned char b) { return __builtin_ia32_crc32qi(a, b); }\n"
    ),
    "functions inside functions": "int f(int x) { int g(int y) { return x + y; } return g(2); }\n",
    "arrays of variable length": "int f(int n) { struct { int a[n]; } s; return sizeof s; }\n",
    "variables that are registers": 'register long x __asm__("r12");\n',
}
"""By what the hint says: code."""


def compiled(command: list[str], directory: Path, code: str) -> subprocess.CompletedProcess[str]:
    (directory / "code.c").write_text(code)
    environ = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache() / "crosshook" / "zig")}
    return subprocess.run(
        [*command, "-c", "code.c", "-o", "code.o"],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.integration
@pytest.mark.parametrize("what", REFUSED)
def test_zig_refuses_it_and_the_hint_says_why(tmp_path: Path, what: str) -> None:
    executable, _ = zig.find_zig()
    clang = compiled([str(executable), "cc", "-target", LINUX.zig_target], tmp_path, REFUSED[what])
    assert clang.returncode != 0
    hint = other_compiler(clang.stderr, LINUX)
    assert hint is not None
    assert what in hint
    assert hint.endswith(": --toolchain gnu")
    if (gcc := shutil.which("x86_64-linux-gnu-gcc")) is not None:
        assert compiled([gcc], tmp_path, REFUSED[what]).returncode == 0


NESTED = "code.c:1:29: error: function definition is not allowed here\n"


def test_gnu_has_no_compiler_for_macos() -> None:
    assert other_compiler(NESTED, LINUX) is not None
    assert other_compiler(NESTED, parse_platform("macosx_11_0_arm64", source="test")) is None


def test_other_errors() -> None:
    assert other_compiler("code.c:1:1: error: unknown type name 'u8'\n", LINUX) is None
