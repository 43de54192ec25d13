"""Cargo: what the adapters of setuptools-rust and maturin have in common.

Cargo and rustc are told about a target by environment variables alone:

* ``CARGO_BUILD_TARGET``, a Rust triple. For Windows there are two kinds: ``*-pc-windows-msvc``
  where MSVC's linker is configured, ``*-pc-windows-gnullvm`` or ``-gnu`` with other compilers.
* ``CARGO_TARGET_<TRIPLE>_LINKER``: a program of the plan, which calls the toolchain's C compiler
  and leaves out what that does not know (:mod:`crosshook.adapters._rust_linking` says what).
* ``CC_<triple>``, ``CXX_<triple>``, ``AR_<triple>``: what the ``cc`` crate compiles C for the
  target with, in build scripts; ``HOST_CC`` and the like, so that what is for this machine is not.
* ``BINDGEN_EXTRA_CLANG_ARGS_<triple>``: where the target's headers are, for the ``bindgen`` crate.
* ``PYO3_CROSS_PYTHON_VERSION`` and ``..._IMPLEMENTATION``: with these alone PyO3 asks no Python.
* ``ZIG_COMMAND``: where the ``python3-dll-a`` crate has an import library made, for PyO3's feature
  ``generate-import-lib``. By itself it knows no tool for ``-gnullvm``, and needs none but this.
* ``RUSTC_WRAPPER``: what leaves out ``-Ctarget-cpu=native``
  (:mod:`crosshook.adapters.rustc_wrapper`), and starts the user's own wrapper, or sccache where
  compilers are called by way of it.
* ``CARGO_TARGET_DIR``: objects of another build are not taken up, nor left in the source tree.

What the user's own environment sets of these, wins. Whether Rust has the target's standard library
is asked before anything is built: ``rustc --print target-libdir`` names a directory even if nothing
is there, so an empty crate is compiled.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from crosshook._types import Command
from crosshook.adapters._needed import needed_toolchain
from crosshook.adapters._rust_linking import compiling, is_zig, linking
from crosshook.adapters.plan import SCRATCH, Answer, BuildMachine, Plan
from crosshook.errors import UnsupportedTarget
from crosshook.target import Target, Toolchain
from crosshook.toolchains import COMPILER_LAUNCHER

_NEEDED = "Rust extension modules"

_DRIVER = "rust/rust_driver.py"

_RUSTC_WRAPPER = "rust/rustc_wrapper.py"

_RUSTC = """\
#!/bin/sh
case "$*" in
  *target-cpu=native*) exec {python} -I -S "{wrapper}" {users}"$@" ;;
esac
exec {users}"$@"
"""
"""Stands for rustc, which Cargo names as its first argument."""


_MAKES_IMPORT_LIBRARIES = """\
#!/bin/sh
[ "$1" = dlltool ] && shift && exec {command} "$@"
echo "error: ZIG_COMMAND $1: there is dlltool alone" >&2
exit 1
"""
"""Stands for zig, whose ``dlltool`` takes the arguments that GNU's and LLVM's take."""


def probes(target: Target, machine: BuildMachine) -> tuple[Command, ...]:
    """Return the commands whose outcomes :func:`plan` needs."""
    commands = [_rustc(machine, "-vV"), _cargo(machine), _sysroot(machine), _HOST_CC]
    commands += [_standard_library(machine, triple) for triple in _triples(target, machine)]
    if target.toolchain is not None and "cc" in target.toolchain.commands:
        commands.append(_headers(target.toolchain))
    return tuple(commands)


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return what makes cargo build for the target.

    :raises UnsupportedTarget: if cargo, rustc, the standard library, or a compiler is missing.
    """
    toolchain = needed_toolchain(target, f"{_NEEDED} need a linker")
    version = _check_rust(target, machine)
    triple, python = _choose(target, machine), target.python_version
    environ = {
        "CARGO_BUILD_TARGET": triple,
        "CARGO_TARGET_DIR": f"{SCRATCH}/cargo",
        "PYO3_CROSS_PYTHON_VERSION": f"{python.dotted}{python.threads}",
        "PYO3_CROSS_PYTHON_IMPLEMENTATION": python.implementation.title,
    }
    files: dict[str, str] = {}
    if toolchain.argument_syntax != "msvc" and not triple.endswith("-msvc"):
        _check_build_compiler(target, machine)
        environ.update(_compilers(triple, target, toolchain, machine))
        files = _programs(target, toolchain, machine)
        if target.platform.macos is not None and _is_zig(toolchain, machine):
            # The linker strips.
            environ["CARGO_PROFILE_RELEASE_STRIP"] = "false"
    users = {name for name in environ if machine.environ.get(name)} - _OURS
    note = f"Rust target {triple} ({version}, {toolchain.name})"
    if users:
        note += f"; from the environment: {', '.join(sorted(users))}"
    return Plan(
        environ={name: value for name, value in environ.items() if name not in users},
        files=files,
        executables=frozenset(name for name in files if "." not in name),
        notes=(note,),
    )


_OURS = frozenset({"CARGO_BUILD_TARGET", "PYO3_CROSS_PYTHON_VERSION", "RUSTC_WRAPPER"})
"""What says which target is built for, and is not the environment's to choose."""

_HOST_CC = ("cc", "--version")


def _rustc(machine: BuildMachine, *arguments: str) -> Command:
    return (machine.environ.get("RUSTC") or "rustc", *arguments)


def _sysroot(machine: BuildMachine) -> Command:
    return _rustc(machine, "--print", "sysroot")


def _cargo(machine: BuildMachine) -> Command:
    return (machine.environ.get("CARGO") or "cargo", "--version")


def _standard_library(machine: BuildMachine, triple: str) -> Command:
    options = ("--target", triple, "--crate-type", "rlib", "--emit=metadata")
    return _rustc(machine, *options, "-o", f"{SCRATCH}/{triple}.rmeta", "-")


def _headers(toolchain: Toolchain) -> Command:
    return (*toolchain.commands["cc"], "-E", "-v", "-x", "c", "-")


def _triples(target: Target, machine: BuildMachine) -> tuple[str, ...]:
    """Return the Rust triples that may be built for, best first.

    :raises UnsupportedTarget: if the environment names another.
    """
    row = target.platform.row
    named = machine.environ.get("CARGO_BUILD_TARGET")
    if named:
        known = (row.rust.triple, *row.rust.mingw)
        if named not in known:
            raise UnsupportedTarget(
                f"CARGO_BUILD_TARGET: {named!r} in the environment is not a Rust target for "
                f"{target.platform.tag}",
                hint=f"unset it, or name one of {', '.join(known)}",
            )
        return (named,)
    msvc = target.toolchain is not None and target.toolchain.argument_syntax == "msvc"
    if msvc or not row.rust.mingw or _variable(row.rust.triple) in machine.environ:
        return (row.rust.triple,)
    return row.rust.mingw


def _variable(triple: str) -> str:
    return f"CARGO_TARGET_{in_variables(triple)}_LINKER"


def in_variables(triple: str) -> str:
    """Return a triple as it stands in the names of Cargo's variables."""
    return triple.upper().replace("-", "_")


def _check_rust(target: Target, machine: BuildMachine) -> str:
    """Return the version of rustc.

    :raises UnsupportedTarget: if it or cargo is missing.
    """
    hint = "install Rust: https://rustup.rs, or your system's packages rustc and cargo"
    for command in (_cargo(machine), _rustc(machine, "-vV")):
        answer = machine.answers.get(command, Answer(code=None))
        if answer.code is None:
            raise UnsupportedTarget(
                f"{command[0]}: not found: {_NEEDED} need it for {target.platform.tag}", hint=hint
            )
        if answer.code:
            raise UnsupportedTarget(
                f"{' '.join(command)}: exit code {answer.code}", hint=hint, detail=answer.output
            )
    return answer.output.partition("\n")[0].partition(" (")[0]


def _choose(target: Target, machine: BuildMachine) -> str:
    """Return the first triple whose standard library is installed.

    :raises UnsupportedTarget: if there is none.
    """
    triples = _triples(target, machine)
    outcomes = [
        machine.answers.get(_standard_library(machine, t), Answer(code=None)) for t in triples
    ]
    for triple, outcome in zip(triples, outcomes, strict=True):
        if outcome.code == 0:
            return triple
    first = triples[0]
    old = "could not find specification for target" in outcomes[0].output
    if old:
        why, hint = f"rustc does not know the target {first}", "install a newer Rust"
    elif _is_rustups(machine):
        why, hint = f"Rust's standard library for {first} is missing", f"rustup target add {first}"
    else:
        why = f"Rust's standard library for {first} is missing"
        hint = (
            "this Rust was not installed by rustup: install its package of the standard library "
            f"for {first}, or rustup and: rustup target add {first}"
        )
    others = f" (nor is one for {', '.join(triples[1:])} there)" if triples[1:] else ""
    raise UnsupportedTarget(
        f"{target.platform.tag}: {why}{others}", hint=hint, detail=outcomes[0].output.strip()
    )


def _is_rustups(machine: BuildMachine) -> bool:
    """Tell whether rustup installed the compiler: it keeps each in ``toolchains/NAME``."""
    sysroot = machine.answers.get(_sysroot(machine), Answer(code=None)).output
    return re.search(r"[/\\]toolchains[/\\][^/\\]+$", sysroot.strip()) is not None


def _check_build_compiler(target: Target, machine: BuildMachine) -> None:
    if machine.system == "windows":
        raise UnsupportedTarget(
            f"target.toolchain: {_NEEDED} cannot be built on Windows with another compiler than "
            "MSVC yet",
            hint="--toolchain msvc",
        )
    own = target.build_toolchain is not None or _own_linker(machine)
    if machine.answers.get(_HOST_CC, Answer(code=None)).code != 0 and not own:
        raise UnsupportedTarget(
            "cc: not found: Rust links build scripts, which run on this machine, with it",
            hint="install a C compiler for this machine: the package is gcc or clang",
        )


def _own_linker(machine: BuildMachine) -> bool:
    """Tell whether the user names the linker for this machine."""
    answer = machine.answers.get(_rustc(machine, "-vV"), Answer(code=None))
    host = re.search(r"^host: (\S+)$", answer.output, re.MULTILINE)
    return host is not None and _variable(host[1]) in machine.environ


def _compilers(
    triple: str, target: Target, toolchain: Toolchain, machine: BuildMachine
) -> dict[str, str]:
    """Return the variables that name compilers, for the target and for this machine."""
    name = triple.replace("-", "_")
    environ = {
        _variable(triple): f"{SCRATCH}/rust/linker",
        "RUSTC_WRAPPER": f"{SCRATCH}/rust/rustc",
    }
    for tool in ("cc", "cxx"):
        if tool in toolchain.commands:
            environ[f"{tool.upper()}_{name}"] = f"{SCRATCH}/rust/{tool}"
    for tool in ("ar", "ranlib"):
        if tool in toolchain.commands:
            environ[f"{tool.upper()}_{name}"] = shlex.join(toolchain.commands[tool])
    if target.platform.system.links_python and "dlltool" in toolchain.commands:
        environ["ZIG_COMMAND"] = f"{SCRATCH}/rust/zig"
    includes = " ".join(f"-isystem {shlex.quote(path)}" for path in _include(toolchain, machine))
    if includes:
        environ[f"BINDGEN_EXTRA_CLANG_ARGS_{name}"] = f"-nostdinc {includes}"
    own = target.build_toolchain.commands if target.build_toolchain is not None else {}
    for variable, tool, usual in (
        ("HOST_CC", "cc", "cc"),
        ("HOST_CXX", "cxx", "c++"),
        ("HOST_AR", "ar", "ar"),
    ):
        environ[variable] = shlex.join(own.get(tool, (usual,)))
    # Flags that the environment has for the target.
    environ.update({"HOST_CFLAGS": "", "HOST_CXXFLAGS": ""})
    return environ


def _include(toolchain: Toolchain, machine: BuildMachine) -> Iterator[str]:
    """Yield the directories that the compiler finds headers in."""
    output = machine.answers.get(_headers(toolchain), Answer(code=None)).output
    listed = re.search(r"^#include <\.\.\.>.*\n((?: .*\n)*)", output, re.MULTILINE)
    for line in listed[1].splitlines() if listed is not None else ():
        yield line.strip()


def _is_zig(toolchain: Toolchain, machine: BuildMachine) -> bool:
    return is_zig(machine.answers.get(_headers(toolchain), Answer(code=None)).output)


def _cache_for_rustc(toolchain: Toolchain) -> str:
    """Return the program that keeps what rustc makes, as it does for compilers; ccache does not."""
    name = toolchain.environ.get(COMPILER_LAUNCHER, "")
    return name if name == "sccache" else ""


def _programs(target: Target, toolchain: Toolchain, machine: BuildMachine) -> dict[str, str]:
    """Return the files of the programs that stand for the compilers."""
    zig = _is_zig(toolchain, machine)
    modes = {"linker": linking(target, toolchain.commands["cc"], zig=zig)}
    for tool in ("cc", "cxx"):
        if tool in toolchain.commands:
            modes[tool] = compiling(toolchain.commands[tool], zig=zig)
    driver = Path(__file__).with_name("rust_driver.py")
    files = {
        _DRIVER: driver.read_text(encoding="utf-8"),
        _DRIVER.replace(".py", ".json"): json.dumps(modes, indent=1),
    }
    python = shlex.quote(machine.python or "python3")
    for mode in modes:
        files[f"rust/{mode}"] = (
            f'#!/bin/sh\nexec {python} -I -S "{SCRATCH}/{_DRIVER}" {mode} "$@"\n'
        )
    if target.platform.system.links_python and "dlltool" in toolchain.commands:
        dlltool = shlex.join(toolchain.commands["dlltool"])
        files["rust/zig"] = _MAKES_IMPORT_LIBRARIES.format(command=dlltool)
    users = machine.environ.get("RUSTC_WRAPPER") or _cache_for_rustc(toolchain)
    files[_RUSTC_WRAPPER] = driver.with_name("rustc_wrapper.py").read_text(encoding="utf-8")
    files["rust/rustc"] = _RUSTC.format(
        python=python,
        wrapper=f"{SCRATCH}/{_RUSTC_WRAPPER}",
        users=f"{shlex.quote(users)} " if users else "",
    )
    return files
