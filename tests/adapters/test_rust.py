"""What cargo is told: plans compared with plans. There is no cargo, no compiler, no network."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook._types import Command
from crosshook.adapters import _rust, _rust_linking, find_adapter
from crosshook.adapters.maturin import Maturin
from crosshook.adapters.plan import SCRATCH, Answer, BuildMachine, Plan
from crosshook.adapters.setuptools import Setuptools
from crosshook.adapters.setuptools_rust import SetuptoolsRust
from crosshook.errors import UnsupportedTarget
from crosshook.project import Backend, Project, Settings
from crosshook.target import Target, Toolchain
from tests.conftest import MakeTarget

SETUPTOOLS = Project(
    root=Path("project"),
    requires=("setuptools>=77", "setuptools-rust>=1.7"),
    backend=Backend(name="setuptools.build_meta"),
)
MATURIN = Project(
    root=Path("project"), requires=("maturin>=1,<2",), backend=Backend(name="maturin")
)
MSVC = Toolchain(name="MSVC", argument_syntax="msvc", commands={})

HEADERS = """\
clang version 22.1.8
 "/tools/zig" -cc1 -triple aarch64-unknown-linux-gnu -E
#include "..." search starts here:
#include <...> search starts here:
 /zig/lib/include
 /zig/lib/any linux
End of search list.
"""
RUSTC = "rustc 1.96.0 (ac68faa20 2026-05-25)\nhost: x86_64-unknown-linux-gnu\n"
MISSING = "error[E0463]: can't find crate for `std`\n"
UNKNOWN = "error: error loading target specification: could not find specification for target\n"


def machine_with(
    target: Target,
    *installed: str,
    environ: Mapping[str, str] | None = None,
    without: tuple[str, ...] = (),
    missing: str = MISSING,
    zig: bool = True,
    system: str = "linux",
) -> BuildMachine:
    """Return a machine whose Rust has the standard library for some triples."""
    machine = BuildMachine(system=system, environ=environ or {}, python="/python 3/bin/python")
    answers: dict[Command, Answer] = {}
    for command in _rust.probes(target, machine):
        if command[0] in without:
            answers[command] = Answer(code=None)
        elif "--target" in command:
            there = command[command.index("--target") + 1] in installed
            answers[command] = Answer(code=0) if there else Answer(code=1, output=missing)
        elif command[-1] == "sysroot":
            where = "/usr" if "rustup" in without else "/home/me/.rustup/toolchains/stable-x86_64"
            answers[command] = Answer(code=0, output=f"{where}\n")
        elif command[-3:] == ("-x", "c", "-"):
            output = HEADERS if zig else HEADERS.replace("zig", "gcc")
            answers[command] = Answer(code=0, output=output)
        else:
            answers[command] = Answer(code=0, output=RUSTC)
    return replace(machine, answers=answers)


def settings_of(plan: Plan) -> Any:
    return json.loads(plan.files["rust/rust_driver.json"])


def test_the_environment_for_linux(make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64")
    plan = _rust.plan(target, machine_with(target, "aarch64-unknown-linux-gnu"))
    assert plan.environ == {
        "CARGO_BUILD_TARGET": "aarch64-unknown-linux-gnu",
        "CARGO_TARGET_DIR": f"{SCRATCH}/cargo",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": f"{SCRATCH}/rust/linker",
        "RUSTC_WRAPPER": f"{SCRATCH}/rust/rustc",
        "CC_aarch64_unknown_linux_gnu": f"{SCRATCH}/rust/cc",
        "CXX_aarch64_unknown_linux_gnu": f"{SCRATCH}/rust/cxx",
        "AR_aarch64_unknown_linux_gnu": "/tools/ar",
        "BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu": (
            "-nostdinc -isystem /zig/lib/include -isystem '/zig/lib/any linux'"
        ),
        "HOST_CC": "cc",
        "HOST_CXX": "c++",
        "HOST_AR": "ar",
        "HOST_CFLAGS": "",
        "HOST_CXXFLAGS": "",
        "PYO3_CROSS_PYTHON_VERSION": "3.13",
        "PYO3_CROSS_PYTHON_IMPLEMENTATION": "CPython",
    }
    assert plan.notes == ("Rust target aarch64-unknown-linux-gnu (rustc 1.96.0, test cc)",)
    assert plan.executables == {"rust/linker", "rust/cc", "rust/cxx", "rust/rustc"}
    assert plan.executables < plan.files.keys()
    assert plan.files["rust/linker"] == (
        "#!/bin/sh\n"
        f'exec \'/python 3/bin/python\' -I -S "{SCRATCH}/rust/rust_driver.py" linker "$@"\n'
    )
    modes = {
        "linker": _rust_linking.linking(target, ("/tools/cc",), zig=True),
        "cc": _rust_linking.compiling(("/tools/cc",), zig=True),
        "cxx": _rust_linking.compiling(("/tools/c++",), zig=True),
    }
    assert settings_of(plan) == json.loads(json.dumps(modes))


def test_the_plan_is_a_pure_function(make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64")
    machine = machine_with(target, "aarch64-unknown-linux-gnu")
    assert _rust.plan(target, machine) == _rust.plan(target, machine)


@pytest.mark.parametrize(
    ("tag", "installed", "environ", "triple"),
    [
        ("win_amd64", ("x86_64-pc-windows-gnullvm",), {}, "x86_64-pc-windows-gnullvm"),
        ("win_amd64", ("x86_64-pc-windows-gnu",), {}, "x86_64-pc-windows-gnu"),
        (
            "win_amd64",
            ("x86_64-pc-windows-gnu", "x86_64-pc-windows-gnullvm", "x86_64-pc-windows-msvc"),
            {},
            "x86_64-pc-windows-gnullvm",
        ),
        (
            "win_amd64",
            ("x86_64-pc-windows-gnullvm", "x86_64-pc-windows-msvc"),
            {"CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_LINKER": "lld-link"},
            "x86_64-pc-windows-msvc",
        ),
        (
            "win_amd64",
            ("x86_64-pc-windows-gnu", "x86_64-pc-windows-gnullvm"),
            {"CARGO_BUILD_TARGET": "x86_64-pc-windows-gnu"},
            "x86_64-pc-windows-gnu",
        ),
        ("win_arm64", ("aarch64-pc-windows-gnullvm",), {}, "aarch64-pc-windows-gnullvm"),
        ("win32", ("i686-pc-windows-gnu",), {}, "i686-pc-windows-gnu"),
        (
            "musllinux_1_2_aarch64",
            ("aarch64-unknown-linux-musl",),
            {},
            "aarch64-unknown-linux-musl",
        ),
        ("macosx_11_0_arm64", ("aarch64-apple-darwin",), {}, "aarch64-apple-darwin"),
    ],
)
def test_which_rust_target(
    make_target: MakeTarget,
    tag: str,
    installed: tuple[str, ...],
    environ: dict[str, str],
    triple: str,
) -> None:
    target = make_target(tag)
    plan = _rust.plan(target, machine_with(target, *installed, environ=environ))
    assert plan.environ["CARGO_BUILD_TARGET"] == triple
    assert triple in plan.notes[0]


@pytest.mark.skipif(sys.platform == "win32", reason="it is the shell's")
def test_what_makes_an_import_library(make_target: MakeTarget) -> None:
    """As python3-dll-a calls it, for PyO3's feature generate-import-lib."""
    tools = {"cc": ("/tools/cc",), "dlltool": ("/bin/echo", "a b")}
    toolchain = Toolchain(name="test cc", argument_syntax="gcc", commands=tools)
    target = make_target("win_amd64", toolchain=toolchain)
    plan = _rust.plan(target, machine_with(target, "x86_64-pc-windows-gnullvm"))
    assert plan.environ["ZIG_COMMAND"] == f"{SCRATCH}/rust/zig"
    assert "rust/zig" in plan.executables
    for arguments, code, printed in (
        (["dlltool", "-m", "i386:x86-64"], 0, "a b -m i386:x86-64\n"),
        (["cc"], 1, ""),
    ):
        words = ["sh", "-c", plan.files["rust/zig"], "zig", *arguments]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (code, printed)


def test_msvc(make_target: MakeTarget) -> None:
    target = make_target("win_arm64", toolchain=MSVC)
    machine = machine_with(target, "aarch64-pc-windows-msvc", system="windows")
    plan = _rust.plan(target, machine)
    assert plan.environ["CARGO_BUILD_TARGET"] == "aarch64-pc-windows-msvc"
    assert not [name for name in plan.environ if name.endswith(("LINKER", "CC"))]
    assert plan.files == {}
    assert plan.notes == ("Rust target aarch64-pc-windows-msvc (rustc 1.96.0, MSVC)",)


def test_windows_with_another_compiler_is_refused(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    machine = machine_with(target, "aarch64-pc-windows-gnullvm", system="windows")
    with pytest.raises(UnsupportedTarget) as caught:
        _rust.plan(target, machine)
    assert caught.value.hint == "--toolchain msvc"


def test_another_target_in_the_environment(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    machine = BuildMachine(system="linux", environ={"CARGO_BUILD_TARGET": "x86_64-apple-darwin"})
    with pytest.raises(UnsupportedTarget) as caught:
        _rust.probes(target, machine)
    assert caught.value.message == (
        "CARGO_BUILD_TARGET: 'x86_64-apple-darwin' in the environment is not a Rust target for "
        "win_arm64"
    )
    assert caught.value.hint == (
        "unset it, or name one of aarch64-pc-windows-msvc, aarch64-pc-windows-gnullvm"
    )


@pytest.mark.parametrize(
    ("without", "installed", "missing", "message", "hint"),
    [
        (("cargo",), (), MISSING, "cargo: not found: ", "install Rust: https://rustup.rs"),
        (("rustc",), (), MISSING, "rustc: not found: ", "install Rust: https://rustup.rs"),
        (
            (),
            (),
            MISSING,
            "win_amd64: Rust's standard library for x86_64-pc-windows-gnullvm is missing (nor is "
            "one for x86_64-pc-windows-gnu there)",
            "rustup target add x86_64-pc-windows-gnullvm",
        ),
        (
            ("rustup",),
            (),
            MISSING,
            "win_amd64: Rust's standard library for x86_64-pc-windows-gnullvm is missing (",
            "this Rust was not installed by rustup: install its package",
        ),
        (
            (),
            (),
            UNKNOWN,
            "win_amd64: rustc does not know the target x86_64-pc-windows-gnullvm (",
            "install a newer Rust",
        ),
        (
            ("cc",),
            ("x86_64-pc-windows-gnullvm",),
            MISSING,
            "cc: not found: ",
            "install a C compiler for this machine",
        ),
    ],
)
def test_what_is_missing(
    make_target: MakeTarget,
    without: tuple[str, ...],
    installed: tuple[str, ...],
    missing: str,
    message: str,
    hint: str,
) -> None:
    target = make_target("win_amd64")
    machine = machine_with(target, *installed, without=without, missing=missing)
    with pytest.raises(UnsupportedTarget) as caught:
        _rust.plan(target, machine)
    assert caught.value.message.startswith(message)
    assert (caught.value.hint or "").startswith(hint)


def test_a_rustc_that_fails(make_target: MakeTarget) -> None:
    target = make_target("win_amd64")
    machine = machine_with(target)
    answers = {**machine.answers, ("rustc", "-vV"): Answer(code=1, output="no toolchain")}
    with pytest.raises(UnsupportedTarget) as caught:
        _rust.plan(target, replace(machine, answers=answers))
    assert caught.value.message == "rustc -vV: exit code 1"
    assert caught.value.detail == "no toolchain"


def test_no_toolchain(make_target: MakeTarget) -> None:
    target = replace(make_target("win_amd64"), toolchain=None)
    with pytest.raises(UnsupportedTarget, match=r"target\.toolchain: missing"):
        _rust.plan(target, machine_with(target))


def test_the_linker_for_this_machine_may_be_named(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64")
    environ = {"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER": "clang"}
    machine = machine_with(target, "aarch64-unknown-linux-gnu", environ=environ, without=("cc",))
    assert _rust.plan(target, machine).environ["HOST_CC"] == "cc"


def test_pypy(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64", "pypy3.11")
    machine = machine_with(target, "aarch64-unknown-linux-gnu")
    environ = _rust.plan(target, machine).environ
    assert environ["PYO3_CROSS_PYTHON_VERSION"] == "3.11"
    assert environ["PYO3_CROSS_PYTHON_IMPLEMENTATION"] == "PyPy"


def test_the_build_toolchain(make_target: MakeTarget) -> None:
    own = Toolchain(name="own", argument_syntax="gcc", commands={"cc": ("/own/cc", "-m64")})
    target = replace(make_target("linux_aarch64"), build_toolchain=own)
    machine = machine_with(target, "aarch64-unknown-linux-gnu", without=("cc",))
    environ = _rust.plan(target, machine).environ
    assert (environ["HOST_CC"], environ["HOST_AR"]) == ("/own/cc -m64", "ar")


def test_what_the_environment_sets_wins(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64")
    users = {
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "/my/linker",
        "CARGO_TARGET_DIR": "/my/objects",
        "PYO3_CROSS_PYTHON_VERSION": "3.7",
        "PYO3_CONFIG_FILE": "/my/pyo3.txt",
    }
    plan = _rust.plan(target, machine_with(target, "aarch64-unknown-linux-gnu", environ=users))
    assert "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER" not in plan.environ
    assert "CARGO_TARGET_DIR" not in plan.environ
    assert plan.environ["PYO3_CROSS_PYTHON_VERSION"] == "3.13"
    assert plan.unset == set()
    assert plan.notes[0].endswith(
        "from the environment: CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER, CARGO_TARGET_DIR"
    )


def test_the_users_wrapper_of_rustc_is_started(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64")
    users = {"RUSTC_WRAPPER": "/my tools/sccache"}
    plan = _rust.plan(target, machine_with(target, "aarch64-unknown-linux-gnu", environ=users))
    assert plan.environ["RUSTC_WRAPPER"] == f"{SCRATCH}/rust/rustc"
    assert plan.files["rust/rustc"].endswith("\nexec '/my tools/sccache' \"$@\"\n")


@pytest.mark.parametrize(
    ("program", "users", "started"),
    [
        ("sccache", {}, 'exec sccache "$@"\n'),
        ("sccache", {"RUSTC_WRAPPER": "own"}, 'exec own "$@"\n'),
        ("ccache", {}, 'exec "$@"\n'),
    ],
)
def test_what_keeps_compilers_results_keeps_rustcs(
    make_target: MakeTarget, program: str, users: dict[str, str], started: str
) -> None:
    target = make_target("linux_aarch64")
    assert target.toolchain is not None
    told = {**target.toolchain.environ, "CROSSHOOK_COMPILER_LAUNCHER": program}
    target = replace(target, toolchain=replace(target.toolchain, environ=told))
    plan = _rust.plan(target, machine_with(target, "aarch64-unknown-linux-gnu", environ=users))
    assert plan.files["rust/rustc"].endswith(f"\n{started}")


def test_macos_and_free_threads(make_target: MakeTarget) -> None:
    target = make_target("macosx_12_0_arm64", "3.14t")
    environ = _rust.plan(target, machine_with(target, "aarch64-apple-darwin")).environ
    assert environ["PYO3_CROSS_PYTHON_VERSION"] == "3.14t"
    assert environ["CARGO_PROFILE_RELEASE_STRIP"] == "false"


def test_a_compiler_that_is_not_zig_gets_what_rustc_says(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64")
    plan = _rust.plan(target, machine_with(target, "aarch64-unknown-linux-gnu", zig=False))
    for settings in settings_of(plan).values():
        assert (settings["drop"], settings["replace"]) == ([], {})


@pytest.mark.parametrize(
    ("requires", "tools", "backend", "adapter"),
    [
        (("setuptools", "setuptools_rust"), (), "setuptools.build_meta", "setuptools-rust"),
        (("setuptools",), ("setuptools-rust",), "setuptools.build_meta", "setuptools-rust"),
        (("setuptools",), ("setuptools",), "setuptools.build_meta", "setuptools"),
        (("maturin",), (), "maturin", "maturin"),
        (("hatchling", "setuptools-rust"), (), "hatchling.build", "generic"),
        (("maturin",), (), "maturin_wrapped", "generic"),
    ],
)
def test_which_backends_they_speak_for(
    requires: tuple[str, ...], tools: tuple[str, ...], backend: str, adapter: str
) -> None:
    project = Project(
        root=Path("project"),
        requires=requires,
        backend=Backend(name=backend),
        tools={name: {} for name in tools},
    )
    found = find_adapter(project)
    assert found.name == adapter


def test_a_project_names_its_adapter() -> None:
    project = replace(SETUPTOOLS, requires=(), settings=Settings(adapter="setuptools-rust"))
    assert isinstance(find_adapter(project), SetuptoolsRust)


def test_who_asks_for_what(make_target: MakeTarget) -> None:
    target, machine = make_target("win_amd64"), BuildMachine(system="linux", environ={})
    assert tuple(Setuptools().probes(target, SETUPTOOLS, machine)) == ()
    for adapter, project in ((SetuptoolsRust(), SETUPTOOLS), (Maturin(), MATURIN)):
        asked = tuple(adapter.probes(target, project, machine))
        assert asked == _rust.probes(target, machine)
        assert {command[0] for command in asked} == {"cargo", "rustc", "cc", "/tools/cc"}
    named = replace(machine, environ={"CARGO": "/my/cargo", "RUSTC": "/my/rustc"})
    assert {command[0] for command in Maturin().probes(target, MATURIN, named)} == {
        "/my/cargo", "/my/rustc", "cc", "/tools/cc",
    }  # fmt: skip


def test_setuptools_rust_is_both(make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64")
    machine = machine_with(target, "aarch64-unknown-linux-gnu")
    both = SetuptoolsRust().plan(target, SETUPTOOLS, machine)
    first = Setuptools().plan(target, SETUPTOOLS, machine)
    assert both == first.merged(_rust.plan(target, machine))
    assert both.environ["LDSHARED"] == "/tools/cc -shared -s"
    assert both.environ["HOST_CC"] == "cc"
    assert both.executables == {"rust/linker", "rust/cc", "rust/cxx", "rust/rustc"}


def maturin_arguments(
    target: Target,
    triple: str,
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    machine = machine_with(target, triple, environ=environ)
    machine = replace(machine, config_settings=settings or {})
    return Maturin().plan(target, MATURIN, machine).replaced_settings


@pytest.mark.parametrize(
    ("tag", "version", "triple", "arguments"),
    [
        (
            "manylinux_2_28_aarch64",
            "3.13",
            "aarch64-unknown-linux-gnu",
            "--interpreter python3.13 --compatibility manylinux_2_28",
        ),
        (
            "musllinux_1_2_aarch64",
            "3.13",
            "aarch64-unknown-linux-musl",
            "--interpreter python3.13 --compatibility musllinux_1_2",
        ),
        (
            "linux_aarch64",
            "3.14t",
            "aarch64-unknown-linux-gnu",
            "--interpreter python3.14t --compatibility linux",
        ),
        (
            "win_arm64",
            "3.13",
            "aarch64-pc-windows-gnullvm",
            "--interpreter python3.13 --compatibility off",
        ),
        (
            "macosx_11_0_arm64",
            "3.13",
            "aarch64-apple-darwin",
            "--interpreter python3.13 --compatibility off",
        ),
    ],
)
def test_maturins_arguments(
    make_target: MakeTarget, tag: str, version: str, triple: str, arguments: str
) -> None:
    found = maturin_arguments(make_target(tag, version), triple)
    assert found == {"build-args": f"--target {triple} {arguments} --auditwheel skip"}


@pytest.mark.parametrize(
    ("settings", "environ", "expected"),
    [
        (
            {"build-args": "--features x"},
            {"MATURIN_PEP517_ARGS": "--ignored"},
            {"build-args": "--features x --target T -R"},
        ),
        (
            {"build-args": "--ignored", "maturin.build-args": ["--features", "a b"]},
            {},
            {"maturin.build-args": "--features 'a b' --target T -R"},
        ),
        ({}, {"MATURIN_PEP517_ARGS": "--features x"}, {"build-args": "--features x --target T -R"}),
        (
            {"build-args": "-i python3.12 --manylinux=2_17 --auditwheel check"},
            {},
            {"build-args": "-i python3.12 --manylinux=2_17 --auditwheel check --target T"},
        ),
    ],
)
def test_the_users_own_arguments_of_maturin(
    make_target: MakeTarget,
    settings: dict[str, Any],
    environ: dict[str, str],
    expected: dict[str, str],
) -> None:
    rest = "--interpreter python3.13 --compatibility off --auditwheel skip"
    triple = "aarch64-pc-windows-gnullvm"
    found = maturin_arguments(make_target("win_arm64"), triple, settings, environ)
    assert found == {
        key: value.replace(" T", f" {triple}").replace("-R", rest)
        for key, value in expected.items()
    }
