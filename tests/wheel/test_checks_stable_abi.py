"""Wheels for the stable ABIs, abi3 and abi3t (PEP 803), made by hand, against the checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.target.platforms import parse_platform
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target
from tests.factory import make_elf, make_mach_o, make_pe, make_wheel
from tests.wheel.conftest import MakePromise

OLD, NEW = "PyInit__core", "PyModExport__core"


def wheel(
    directory: Path,
    abi: str,
    promise: Promise,
    suffix: str,
    *,
    hooks: Sequence[str] = (OLD,),
    dll: str = "python3.dll",
) -> Path:
    """Return a wheel with one module; ``abi`` is the front of its tag, such as ``cp310-abi3``."""
    data = {
        "linux": lambda: make_elf(exports=hooks),
        "darwin": lambda: make_mach_o(exports=hooks),
        "windows": lambda: make_pe(exports=hooks, imports={dll: ("PyList_New",)}),
    }[promise.platform.system.meson.system]()
    tag = f"{abi}-{promise.platform.tag}"
    return make_wheel(directory, {f"demo/_core{suffix}": data}, tag=tag, purelib=False)


def problems(path: Path, promise: Promise) -> tuple[str, ...]:
    try:
        accept_for_target(path, promise)
    except RefusedWheel as refused:
        return refused.problems
    return ()


LINUX, MACOS, WINDOWS = "manylinux_2_28_aarch64", "macosx_11_0_arm64", "win_arm64"


@pytest.mark.parametrize(
    ("tag", "version", "abi", "suffix"),
    [
        (LINUX, "3.14", "cp310-abi3", ".abi3.so"),
        (LINUX, "3.15", "cp310-abi3", ".abi3.so"),
        (LINUX, "3.15", "cp310-abi3", ".so"),
        (LINUX, "3.15", "cp315-abi3", ".abi3-aarch64-linux-gnu.so"),
        (LINUX, "3.15", "cp315-abi3", ".abi3t.so"),
        (LINUX, "3.15", "cp315-abi3.abi3t", ".abi3t.so"),
        (LINUX, "3.15", "cp315-abi3.abi3t", ".abi3t-aarch64-linux-gnu.so"),
        (LINUX, "3.15t", "cp315-abi3.abi3t", ".abi3t-aarch64-linux-gnu.so"),
        (LINUX, "3.15t", "cp315-abi3t", ".abi3t.so"),
        (LINUX, "3.16", "cp315-abi3", ".abi3-aarch64-linux-gnu.so"),
        ("musllinux_1_2_aarch64", "3.15", "cp315-abi3", ".abi3-aarch64-linux-musl.so"),
        (MACOS, "3.15", "cp315-abi3.abi3t", ".abi3t-darwin.so"),
        (MACOS, "3.15t", "cp315-abi3t", ".abi3t.so"),
    ],
)
def test_suffixes_that_every_promised_python_imports(
    tmp_path: Path, make_promise: MakePromise, tag: str, version: str, abi: str, suffix: str
) -> None:
    promise = make_promise(tag, version)
    path = wheel(tmp_path, abi, promise, suffix)
    if parse_platform(tag, source="test").musl is not None:
        path = make_wheel(
            tmp_path,
            {f"demo/_core{suffix}": make_elf(needed=())},
            tag=f"{abi}-{tag}",
            purelib=False,
        )
    assert problems(path, promise) == ()


@pytest.mark.parametrize(
    ("tag", "version", "abi", "suffix", "oldest", "promised_abi"),
    [
        (LINUX, "3.15", "cp310-abi3", ".abi3-aarch64-linux-gnu.so", "3.10", "abi3"),
        (LINUX, "3.15", "cp314-abi3", ".abi3t.so", "3.14", "abi3"),
        (LINUX, "3.15", "cp315-abi3.abi3t", ".abi3.so", "3.15t", "abi3t"),
        (MACOS, "3.15", "cp311-abi3", ".abi3-darwin.so", "3.11", "abi3"),
        (MACOS, "3.15", "cp315-abi3.abi3t", ".abi3-darwin.so", "3.15t", "abi3t"),
    ],
)
def test_suffixes_that_not_every_promised_python_imports(
    tmp_path: Path,
    make_promise: MakePromise,
    tag: str,
    version: str,
    abi: str,
    suffix: str,
    oldest: str,
    promised_abi: str,
) -> None:
    promise = make_promise(tag, version)
    promised = f"{abi.split('-')[0]}-{promised_abi}-{tag}"
    assert problems(wheel(tmp_path, abi, promise, suffix), promise) == (
        f"demo/_core{suffix}: Python {oldest} does not import {suffix}, and the tag {promised} "
        "promises it",
    )


@pytest.mark.parametrize(
    ("tag", "version", "suffix"),
    [
        (LINUX, "3.14", ".abi3-aarch64-linux-gnu.so"),
        (LINUX, "3.15", ".abi3-x86_64-linux-gnu.so"),
        (LINUX, "3.15", ".abi3-aarch64-linux-musl.so"),
        (LINUX, "3.15t", ".abi3.so"),
        (MACOS, "3.14", ".abi3-darwin.so"),
        (MACOS, "3.15t", ".abi3-darwin.so"),
    ],
)
def test_suffixes_that_the_target_itself_does_not_import(
    tmp_path: Path, make_promise: MakePromise, tag: str, version: str, suffix: str
) -> None:
    promise = make_promise(tag, version)
    abi = "cp315-abi3.abi3t" if version.startswith("3.15") else "cp310-abi3"
    said = "\n".join(problems(wheel(tmp_path, abi, promise, suffix), promise))
    assert f"demo/_core{suffix}: an extension module whose suffix the target Python" in said


@pytest.mark.parametrize("tag", [LINUX, MACOS, WINDOWS])
def test_abi3t_before_3_15(tmp_path: Path, make_promise: MakePromise, tag: str) -> None:
    promise = make_promise(tag, "3.15t")
    suffix = ".pyd" if tag == WINDOWS else ".abi3t.so"
    path = wheel(tmp_path, "cp314-abi3t", promise, suffix, dll="python3t.dll")
    said = f"tag cp314-abi3t-{tag}: free-threaded Pythons before 3.15 have no stable ABI"
    assert said in problems(path, promise)


@pytest.mark.parametrize(
    ("version", "abi", "accepted"),
    [
        ("3.15", "cp315-abi3t", False),
        ("3.15t", "cp315-abi3", False),
        ("3.15", "cp316-abi3.abi3t", False),
        ("3.16t", "cp315-abi3.abi3t", True),
    ],
)
def test_which_builds_a_tag_is_for(
    tmp_path: Path, make_promise: MakePromise, version: str, abi: str, accepted: bool
) -> None:
    promise = make_promise(LINUX, version)
    said = problems(wheel(tmp_path, abi, promise, ".abi3t.so"), promise)
    assert any("accepts" in problem for problem in said) is not accepted


@pytest.mark.parametrize(
    ("version", "abi", "dll"),
    [
        ("3.15", "cp310-abi3", "python3.dll"),
        ("3.15", "cp315-abi3", "python3.dll"),
        ("3.15", "cp315-abi3", "python3t.dll"),
        ("3.15", "cp315-abi3.abi3t", "python3t.dll"),
        ("3.15t", "cp315-abi3.abi3t", "python3t.dll"),
        ("3.15t", "cp315-abi3t", "python3t.dll"),
    ],
)
def test_dlls_that_every_promised_python_has(
    tmp_path: Path, make_promise: MakePromise, version: str, abi: str, dll: str
) -> None:
    promise = make_promise(WINDOWS, version)
    assert problems(wheel(tmp_path, abi, promise, ".pyd", dll=dll), promise) == ()


@pytest.mark.parametrize(
    ("version", "abi", "dll", "why"),
    [
        ("3.15", "cp310-abi3", "python3t.dll", "the tag cp310-abi3-win_arm64 promises Pythons"),
        ("3.15", "cp315-abi3.abi3t", "python3.dll", "cp315-abi3t-win_arm64 promises Pythons that"),
        ("3.15t", "cp315-abi3.abi3t", "python3.dll", "the target Python has python315t.dll"),
        ("3.15", "cp315-abi3", "python315.dll", "the stable ABI (python3.dll or python3t.dll)"),
        ("3.15t", "cp315-abi3t", "python315t.dll", "the stable ABI (python3t.dll)"),
    ],
)
def test_dlls_that_not_every_promised_python_has(
    tmp_path: Path, make_promise: MakePromise, version: str, abi: str, dll: str, why: str
) -> None:
    promise = make_promise(WINDOWS, version)
    (said,) = problems(wheel(tmp_path, abi, promise, ".pyd", dll=dll), promise)
    assert said.startswith(f"demo/_core.pyd: imports {dll}")
    assert why in said


@pytest.mark.parametrize(("tag", "suffix"), [(LINUX, ".abi3t.so"), (MACOS, ".so")])
def test_the_export_hook_of_3_15(
    tmp_path: Path, make_promise: MakePromise, tag: str, suffix: str
) -> None:
    promise = make_promise(tag, "3.15")
    path = wheel(tmp_path, "cp315-abi3.abi3t", promise, suffix, hooks=(NEW,))
    assert problems(path, promise) == ()
    (said,) = problems(
        wheel(tmp_path, "cp315-abi3", promise, suffix, hooks=("PyModExport_other",)), promise
    )
    assert said.endswith(": it has no PyInit__core, but PyModExport_other")


@pytest.mark.parametrize(
    ("tag", "suffix"), [(LINUX, ".abi3.so"), (MACOS, ".abi3.so"), (WINDOWS, ".pyd")]
)
def test_the_export_hook_of_3_15_in_older_pythons(
    tmp_path: Path, make_promise: MakePromise, tag: str, suffix: str
) -> None:
    promise = make_promise(tag, "3.15")
    assert problems(wheel(tmp_path, "cp314-abi3", promise, suffix, hooks=(NEW, OLD)), promise) == ()
    assert problems(wheel(tmp_path, "cp314-abi3", promise, suffix, hooks=(NEW,)), promise) == (
        f"demo/_core{suffix}: Python 3.14 looks for PyInit_ functions, and it has {NEW} alone",
    )
