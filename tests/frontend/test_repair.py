"""Which libraries are packed, and when."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import LibraryError
from crosshook.frontend.repair import missing_libraries, newer_target, repaired
from crosshook.target import Target
from crosshook.target.promise import promise_of
from crosshook.wheel.reading import read_wheel
from tests.conftest import MakeTarget
from tests.factory import make_elf, make_fat, make_mach_o, make_pe, make_wheel

Prepare = Callable[..., tuple[Path, Target]]


@pytest.fixture
def prepare(make_target: MakeTarget, tmp_path: Path) -> Prepare:
    """Return a function that writes a wheel and the libraries that are there for its target."""

    def make(module: bytes, *libraries: str, tag: str = "manylinux_2_28_aarch64") -> Any:
        for name in libraries:
            (tmp_path / "prefix" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "prefix" / name).touch()
        ends = {"many": "cpython-313-aarch64-linux-gnu.so", "win_": "cp313-win_arm64.pyd"}
        name = f"demo/_core.{ends.get(tag[:4], 'cpython-313-darwin.so')}"
        wheel = make_wheel(tmp_path, {name: module}, tag=f"cp313-cp313-{tag}", purelib=False)
        return wheel, replace(make_target(tag), libraries=(str(tmp_path / "prefix"),))

    return make


def names(wheel: Path, target: Target) -> list[str]:
    found = missing_libraries(read_wheel(wheel), target, promise_of(target))
    assert all(one.file.name == one.name for one in found)
    return [one.name for one in missing_libraries(read_wheel(wheel), target, promise_of(target))]


def test_what_is_among_the_libraries(prepare: Prepare) -> None:
    module = make_elf(needed=("libxml2.so.2", "libz.so.1", "libother.so.1", "libc.so.6"))
    wheel, target = prepare(
        module, "lib/libxml2.so.2", "lib/aarch64-linux-gnu/libz.so.1", "lib/libc.so.6"
    )
    # libz is promised by the tag; libother is nowhere.
    assert names(wheel, target) == ["libxml2.so.2"]


def test_dlls_are_beside_programs(prepare: Prepare) -> None:
    module = make_pe(imports={"yaml.dll": ("f",), "kernel32.dll": ("g",)})
    wheel, target = prepare(module, "bin/yaml.dll", tag="win_arm64")
    assert names(wheel, target) == ["yaml.dll"]


def run(wheel: Path, target: Target, mode: str, work: Path) -> Path:
    return repaired(
        wheel,
        target,
        promise_of(target),
        mode,
        environ={},
        work=work,
        reporter=SilentReporter(),
    )


@pytest.mark.parametrize("mode", ["auto", "never"])
def test_nothing_says_where_libraries_were(prepare: Prepare, tmp_path: Path, mode: str) -> None:
    """What is left of a list keeps its order; the rest of the file, every byte."""
    prefix = tmp_path / "prefix"
    paths = f"$ORIGIN/a:{prefix}/lib:/opt/b:{prefix}/lib/hdf5:{prefix}-other"
    module = make_elf(needed=("libc.so.6",), paths={29: paths}, exports=("x",))
    wheel, target = prepare(module, "lib/libxml2.so.2")
    (found,) = read_wheel(run(wheel, target, mode, tmp_path)).objects
    (image,) = found.images
    assert image.runpath == ("$ORIGIN/a", "/opt/b", f"{prefix}-other")
    assert image.needed == ("libc.so.6",)
    assert image.exports == {"x"}


def test_nothing_says_on_macos_where_libraries_were(prepare: Prepare, tmp_path: Path) -> None:
    """Each processor's part has its own commands, and the signature is of what is left."""
    prefix, tag = tmp_path / "prefix", "macosx_11_0_arm64"
    paths = (f"{prefix}/lib", "@loader_path/a", f"{prefix}/lib/hdf5", "/opt/b")
    arm = make_mach_o(rpaths=paths, imports=[f"f{number}@1" for number in range(600)])
    intel = make_mach_o(0x01000007, rpaths=paths)
    wheel, target = prepare(make_fat(arm, intel), "lib/libxml2.dylib", tag=tag)
    (before,) = read_wheel(wheel).objects
    assert not any(image.flaws for image in before.images)
    (after,) = read_wheel(run(wheel, target, "auto", tmp_path)).objects
    kept = ("@loader_path/a", "/opt/b")
    assert after.images == tuple(replace(image, rpath=kept) for image in before.images)


@pytest.mark.parametrize("mode", ["auto", "never"])
def test_nothing_to_pack(prepare: Prepare, tmp_path: Path, mode: str) -> None:
    wheel, target = prepare(make_elf(), "lib/libxml2.so.2")
    assert run(wheel, target, mode, tmp_path) == wheel


def test_never(prepare: Prepare, tmp_path: Path) -> None:
    wheel, target = prepare(make_elf(needed=("libxml2.so.2",)), "lib/libxml2.so.2")
    assert run(wheel, target, "never", tmp_path) == wheel


def test_repairwheel_is_missing(
    prepare: Prepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, target = prepare(make_elf(needed=("libxml2.so.2",)), "lib/libxml2.so.2")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LibraryError, match="repairwheel is not installed") as caught:
        run(wheel, target, "auto", tmp_path)
    assert "crosshook[repair]" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("GLIBC_2.38", "--target manylinux_2_38_aarch64 promises"), ("GLIBC_2.17", None)],
)
def test_a_newer_target(prepare: Prepare, version: str, expected: str | None) -> None:
    wheel, target = prepare(make_elf(versions={"libc.so.6": (version, "GLIBC_PRIVATE")}))
    said = newer_target(read_wheel(wheel), target.platform)
    assert said is None if expected is None else str(said).startswith(expected)


def test_no_glibc(prepare: Prepare) -> None:
    wheel, target = prepare(make_pe(), tag="win_arm64")
    assert newer_target(read_wheel(wheel), target.platform) is None
