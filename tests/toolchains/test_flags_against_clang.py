"""The table of flags, checked against clang-cl's own list and what zig takes; with zig's clang."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from crosshook.target.platforms import parse_platform
from crosshook.toolchains import zig
from crosshook.toolchains.flags import Effect, Rule, Value, flag_tables, gcc, launcher_table
from scripts import target_pythons

pytestmark = pytest.mark.integration

CLANG_CL = ("--driver-mode=cl", "--target=x86_64-pc-windows-msvc")
GCC = ("--driver-mode=g++", "--target=x86_64-windows-gnu")

NOT_THE_SAME = {
    # The one kind of run-time type information that there is.
    "/GR-": ("-fno-rtti-data", "-fno-rtti"),
    # MinGW-w64's headers hide in standard C what MSVC's declare.
    "/std:": ("-std=c", "-std=gnu"),
    # clang's own group, and every warning there is.
    "/W4": ("-WCL4", "-Wall -Wextra"),
    "/Wall": ("-Weverything", "-Wall -Wextra"),
}
"""Flags that become something else than for clang-cl, on purpose."""

NOT_CODE = {"-triple", "-main-file-name", "-object-file-name", "-resource-dir", "-o"}


@cache
def zig_program() -> str:
    return str(zig.find_zig()[0])


def compiler_proper(*words: str) -> Counter[str]:
    """What clang starts its compiler proper with."""
    done = subprocess.run(
        [zig_program(), "clang", *words], capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if '"-cc1"' in line]
    assert lines, (words, done.stderr)
    return Counter(shlex.split(lines[0]))


def difference(mode: tuple[str, ...], source: str, *flags: str) -> tuple[set[str], set[str]]:
    """What flags add to what the compiler proper is started with, and what they take away."""
    without = compiler_proper(*mode, "-###", "-c", "--", source)
    with_ = compiler_proper(*mode, "-###", "-c", *flags, "--", source)
    return set(with_ - without), set(without - with_)


def windows_rules() -> Iterator[Rule]:
    return iter(flag_tables(parse_platform("win_amd64", source="test"))["msvc"])


def example(rule: Rule) -> str:
    values = {"/Zp": "8", "/constexpr:depth": "9", "/constexpr:steps": "9"}
    if rule.value is Value.NONE:
        return rule.flag
    return rule.flag + values.get(rule.flag, "x")


ABOUT_CODE = [
    rule
    for rule in windows_rules()
    if rule.effect is Effect.BECOMES
    and not {"-c", "-C", "-E", "-x", "-o", "-shared", "-fsyntax-only", "{}"} & {*rule.becomes[:1]}
]

# Vectorizing is a part of optimizing, which clang-cl counts by another table.
IMPLIED = {"-vectorize-loops", "-vectorize-slp"}

ONLY_LATER = {
    # clang-cl of today does not know them; MSVC does.
    *("/std:c++23", "/openmp:llvm"),
    # Taken, and unused: 64-bit x86 has had both from the start.
    *("/arch:SSE4.2", "/constexpr:depth", "/constexpr:steps", "/constexpr:backtrace"),
    # clang-cl says so in any case, the others do not.
    *("/volatile:ms", "/Oy", "/Oy-", "/Gy-", "/Gw-", "/EHs-c-", "/EHs-", "/GX-"),
    *("/Qvec", "/Qvec-", "/fp:precise", "/fp:contract", "/std:c++14", "/Zc:sizedDealloc-"),
    # Where the headers of MSVC are, before those of the compiler.
    "/imsvc",
}
"""Flags that clang-cl makes nothing of that could be compared."""


@pytest.mark.parametrize(
    "rule", [rule for rule in ABOUT_CODE if rule.flag not in ONLY_LATER], ids=lambda r: r.flag
)
def test_a_flag_becomes_what_clang_cl_makes_of_it(tmp_path: Path, rule: Rule) -> None:
    source = tmp_path / ("x.c" if rule.flag.startswith("/std:c1") else "x.cpp")
    if rule.flag == "/std:clatest":
        source = tmp_path / "x.c"
    source.touch()
    flag = example(rule)
    becomes = [word.replace("{}", flag[len(rule.flag) :]) for word in rule.becomes]
    words = []
    for word in becomes:
        # zig's own names of processors, as clang has them.
        words.append(
            word.replace("-mcpu=", "-march=").replace("_", "-") if "-mcpu" in word else word
        )
    theirs, _ = difference(CLANG_CL, str(source), flag)
    ours, _ = difference(GCC, str(source), *words)
    for key, (clang_cl, instead) in NOT_THE_SAME.items():
        if flag.startswith(key):
            theirs = {
                part for word in theirs for part in word.replace(clang_cl, instead).split(" ")
            }
    about = re.compile(r"-f(no-)?implicit-modules|-complex-range=.*")
    assert {w for w in ours - IMPLIED if not about.fullmatch(w)} == {
        w for w in theirs - IMPLIED if not about.fullmatch(w)
    }
    assert ours


def clang_cl_flags() -> list[str]:
    """What clang-cl says it takes, but for its own flags."""
    done = subprocess.run(
        [zig_program(), "clang", "--driver-mode=cl", "/?"],
        capture_output=True,
        text=True,
        check=True,
    )
    listed = done.stdout.partition("CL.EXE COMPATIBILITY OPTIONS:")[2].partition("\nOPTIONS:")[0]
    return re.findall(r"^  (/[^ \n]+)", listed, re.MULTILINE)


CLANG_CLS_OWN = (
    *("/?", "/help", "/arm64EC", "/diasdkdir", "/vctoolsdir", "/vctoolsversion", "/winsdkdir"),
    *("/winsdkversion", "/winsysroot", "/link", "/d2epilogunwind", "/external:env:<var>", "/o"),
    *("/O<flags>", "/funcoverride:<function>", "/showFilenames", "/showFilenames-", "/Qgather-"),
    *("/Qscatter-", "/Wall", "/?"),
)
"""Where Microsoft's files are, and what the linker of another machine or a kernel needs."""


STANDARDS = ("c++14", "c++17", "c++20", "c++23preview", "c++latest", "c11", "c17")

ALL_VALUES = {
    "/EH<value>": ("/EHsc", "/EHs", "/EHc", "/EHa", "/EHs-c-"),
    "/std:<value>": tuple(f"/std:{standard}" for standard in STANDARDS),
}


def test_every_flag_of_clang_cls_list_is_in_the_table() -> None:
    table = launcher_table(parse_platform("win_amd64", source="test"))["compiler"]
    missing = []
    for flag in (f for listed in clang_cl_flags() for f in ALL_VALUES.get(listed, (listed,))):
        name = re.sub(r"<.*", "", flag)
        known = name in table["whole"] or any(name.startswith(b) for b in table["beginnings"])
        if not known and flag not in CLANG_CLS_OWN:
            missing.append(flag)
    assert missing == []


@pytest.mark.parametrize(
    "flag",
    sorted(
        {
            f"-{rule.flag[1:]}"
            for rule in windows_rules()
            if rule.value is Value.NONE and f"-{rule.flag[1:]}" not in ("-W0", "-C")
        }
        & set(launcher_table(parse_platform("win_amd64", source="test"))["compiler"]["whole"])
    ),
)
def test_with_a_hyphen_a_flag_means_nothing_to_gcc(tmp_path: Path, flag: str) -> None:
    (tmp_path / "x.c").write_text("int x;\n")
    command = [zig_program(), "clang", "--target=x86_64-windows-gnu", "-Werror", "-c", "x.c", flag]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    # To gcc, -o and a name are a file to write, and -F and one a directory for macOS.
    assert done.returncode != 0 or flag[:2] in ("-o", "-F"), f"gcc and clang take {flag} as well"


TAGS = ("manylinux_2_28_aarch64", "win_amd64", "macosx_11_0_arm64")


class ZigCompiler:
    """``zig cc`` as it is, in a directory."""

    def __init__(self, tag: str, directory: Path) -> None:
        target = parse_platform(tag, source="test").zig_target
        self.command = [zig_program(), "cc", "-target", target, "-fno-sanitize=undefined"]
        self.directory = directory
        self.environ = {"ZIG_GLOBAL_CACHE_DIR": str(target_pythons.cache() / "crosshook" / "zig")}
        self.sources = 0

    def compiles(self, *words: str) -> bool:
        """Tell whether a source is compiled without a word: a new one, or zig would remember."""
        self.sources += 1
        source = f"x{self.sources}.c"
        (self.directory / source).write_text(f"int f{self.sources}(void) {{ return 1; }}\n")
        return self.is_silent("-c", *words, source)

    def is_silent(self, *words: str) -> bool:
        done = subprocess.run(
            [*self.command, *words],
            cwd=self.directory,
            env={**self.environ, "HOME": str(self.directory)},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0 and not done.stderr


@pytest.mark.parametrize("tag", TAGS)
def test_zig_does_not_take_what_is_in_the_linkers_table(tmp_path: Path, tag: str) -> None:
    """It refuses each flag or warns of it: otherwise no rule is needed."""
    compiler = ZigCompiler(tag, tmp_path)
    assert compiler.compiles("-o", "x.o")
    rules = flag_tables(parse_platform(tag, source="test"))["linker"]
    words = {rule.flag: f"-Wl,{','.join(gnu_example(rule))}" for rule in rules}
    taken = [
        flag
        for flag, word in words.items()
        if compiler.is_silent("-shared", "x.o", "-o", "x.so", word)
    ]
    assert taken == []


TAKEN_IN_ONE_FORM = ("-flto=full", "-flto=thin")


def test_zig_does_not_take_what_is_in_the_compilers_table(tmp_path: Path) -> None:
    compiler = ZigCompiler("manylinux_2_28_x86_64", tmp_path)
    assert compiler.compiles("-o", "x.o")
    taken = [
        rule.flag
        for rule in (*gcc.RULES, *gcc.LTO_FOR_ELF)
        if compiler.compiles(*gnu_example(rule))
        and compiler.is_silent("-shared", "x.o", "-o", "x.so", *gnu_example(rule))
    ]
    assert taken == [*TAKEN_IN_ONE_FORM]


@pytest.mark.parametrize("tag", TAGS[1:])
def test_zig_does_not_link_with_optimization_off_elf(tmp_path: Path, tag: str) -> None:
    compiler = ZigCompiler(tag, tmp_path)
    made = compiler.compiles("-flto", "-o", "x.o")
    assert not (made and compiler.is_silent("-shared", "-flto", "x.o", "-o", "x.so"))


def gnu_example(rule: Rule) -> list[str]:
    if rule.value is Value.NONE:
        return rule.flag.split(" ")
    if rule.value is Value.SEPARATE:
        return [rule.flag, *["1"] * rule.values]
    return [f"{rule.flag}1"]
