"""``crosshook check``: wheels of other tools, against their own tags or a target."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crosshook.cli import main
from tests.factory import make_elf, make_mach_o, make_pe, make_wheel

AARCH64 = "manylinux_2_28_aarch64"


def linux(directory: Path, tag: str, *, machine: int = 183, module: str | None = None) -> Path:
    name = module or "demo/_core.cpython-313-aarch64-linux-gnu.so"
    return make_wheel(directory, {name: make_elf(machine)}, tag=tag, purelib=False)


def test_a_wheel_that_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = linux(tmp_path, f"cp313-cp313-{AARCH64}")
    assert main(["check", str(wheel)]) == 0
    assert capsys.readouterr().out == f"{wheel.name}: right for {AARCH64}, Python 3.13\n"


@pytest.mark.parametrize("init", ["PyInit__core", "_cffi_pypyinit__core"])
def test_a_wheel_for_pypy(tmp_path: Path, capsys: pytest.CaptureFixture[str], init: str) -> None:
    module = {
        "demo/_core.pypy311-pp73-aarch64-linux-gnu.so": make_elf(
            183, exports=[init], imports=["PyPyList_New"]
        )
    }
    wheel = make_wheel(tmp_path, module, tag=f"pp311-pypy311_pp73-{AARCH64}", purelib=False)
    assert main(["check", str(wheel)]) == 0
    assert capsys.readouterr().out == f"{wheel.name}: right for {AARCH64}, PyPy 3.11\n"


def wheel_for_pypy_on_windows(directory: Path, **imports: tuple[str, ...]) -> Path:
    dlls = {f"{name}.dll": names for name, names in imports.items()}
    modules = {"demo/_core.pypy311-pp73-win_amd64.pyd": make_pe(0x8664, imports=dlls)}
    return make_wheel(directory, modules, tag="pp311-pypy311_pp73-win_amd64", purelib=False)


def test_a_wheel_for_pypy_on_windows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the official ones are."""
    pypy = {"libpypy3.11-c": ("PyPyList_New",)}
    wheel = wheel_for_pypy_on_windows(tmp_path, **pypy)
    assert main(["check", str(wheel)]) == 0
    assert capsys.readouterr().out == f"{wheel.name}: right for win_amd64, PyPy 3.11\n"


@pytest.mark.parametrize(
    ("dll", "problem"),
    [
        ("python311", "imports python311.dll; the target Python has libpypy3.11-c.dll"),
        ("python3", "imports python3.dll; the target Python has libpypy3.11-c.dll"),
        ("libpypy3.10-c", "imports libpypy3.10-c.dll; the target Python has libpypy3.11-c.dll"),
        ("demo", "imports demo.dll, which neither Windows nor PyPy brings"),
    ],
)
def test_a_dll_that_pypy_has_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dll: str, problem: str
) -> None:
    wheel = wheel_for_pypy_on_windows(tmp_path, **{dll: ("PyList_New",)})
    assert main(["check", str(wheel)]) == 1
    assert problem in capsys.readouterr().out


def test_cffis_function_for_pypy_makes_no_module_of_cpython(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = {
        "demo/_core.cpython-313-aarch64-linux-gnu.so": make_elf(
            183, exports=["_cffi_pypyinit__core"]
        )
    }
    wheel = make_wheel(tmp_path, module, tag=f"cp313-cp313-{AARCH64}", purelib=False)
    assert main(["check", str(wheel)]) == 1
    assert "Python 3.13 looks for PyInit_ functions" in capsys.readouterr().out


def test_a_wheel_for_another_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = linux(tmp_path, f"cp313-cp313-{AARCH64}", machine=62)
    assert main(["check", str(wheel)]) == 1
    first, *problems = capsys.readouterr().out.splitlines()
    assert first == f"{wheel.name}: wrong for {AARCH64}, Python 3.13"
    assert any("ELF shared library for x86_64" in problem for problem in problems)


def test_targets_and_pythons_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = linux(tmp_path, f"cp313-cp313-{AARCH64}")
    words = ["check", str(wheel), "--target", f"{AARCH64},win_arm64", "--python", "cp313,3.12"]
    assert main([*words, "--json"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    right = {(one["target"], one["python"]) for one in found if not one["problems"]}
    assert len(found) == 4
    assert right == {(AARCH64, "3.13")}


@pytest.mark.parametrize(
    ("tag", "checked"),
    [
        # What the wheel promises to the newest is checked for the oldest as well.
        (f"cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.{AARCH64}", AARCH64),
        ("cp313-cp313-manylinux2014_aarch64", "manylinux2014_aarch64"),
    ],
)
def test_several_tags_of_one_platform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tag: str, checked: str
) -> None:
    wheel = linux(tmp_path, tag)
    assert main(["check", str(wheel)]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out == f"{wheel.name}: right for {checked}, Python 3.13\n"


def test_a_tag_that_is_older_than_what_is_built_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = "demo/_core.cpython-313-aarch64-linux-musl.so"
    wheel = linux(tmp_path, "cp313-cp313-musllinux_1_1_aarch64", module=module)
    main(["check", str(wheel)])
    assert "musllinux_1_2_aarch64, Python 3.13" in capsys.readouterr().out


def test_a_fat_wheel_is_checked_for_both_processors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a universal2 wheel with code for one, the other is told."""
    module = {"demo/_core.cpython-313-darwin.so": make_mach_o()}
    wheel = make_wheel(tmp_path, module, tag="cp313-cp313-macosx_11_0_universal2", purelib=False)
    assert main(["check", str(wheel)]) == 1
    out = capsys.readouterr().out
    assert f"{wheel.name}: wrong for macosx_11_0_x86_64, Python 3.13\n" in out


def test_a_stable_abi_is_checked_for_its_oldest_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for oldest, checked in (("39", "3.10"), ("312", "3.12")):
        module = {"demo/_core.pyd": make_pe()}
        wheel = make_wheel(tmp_path, module, tag=f"cp{oldest}-abi3-win_arm64", purelib=False)
        assert main(["check", str(wheel)]) == 0
        assert capsys.readouterr().out.endswith(f": right for win_arm64, Python {checked}\n")


def test_pure_wheels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_wheel(tmp_path, {"demo.py": b""})
    assert main(["check", str(tmp_path)]) == 0
    assert "a pure wheel, right for every platform" in capsys.readouterr().out
    make_wheel(tmp_path, {"demo.so": make_elf(62)})
    assert main(["check", str(tmp_path)]) == 1
    assert "not a pure wheel\n  - demo.so: " in capsys.readouterr().out


def test_a_damaged_wheel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / f"demo-1.0-cp313-cp313-{AARCH64}.whl"
    wheel.write_bytes(b"PK")
    assert main(["check", str(wheel)]) == 1
    assert f"{wheel.name}: not a well-formed wheel\n  - " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("cp313-cp313-android_21_arm64_v8a", "unknown wheel platform tag 'android_21_arm64_v8a'"),
        (f"cp38-cp38-{AARCH64}", "its tags name no Python that crosshook knows: cp38-cp38"),
        (
            f"graalpy311-graalpy240_311_native-{AARCH64}",
            "its tags name no Python that crosshook knows",
        ),
    ],
)
def test_what_nothing_is_known_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tag: str, said: str
) -> None:
    assert main(["check", str(linux(tmp_path, tag))]) == 2
    assert said in capsys.readouterr().err


def test_the_pre_commit_hook() -> None:
    hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    assert re.findall(r"entry: (.+)", hooks) == ["crosshook check"]


def test_no_wheels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert main(["check", str(tmp_path / "x.whl")]) == 2
    assert "no such file" in capsys.readouterr().err
