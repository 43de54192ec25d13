"""Real builds by the command line: projects from the index, and the fixture projects."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.pythons.description import extension_suffixes
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import running_python
from crosshook.target.systems import ROWS, Row
from crosshook.wheel.reading import read_wheel
from scripts.target_pythons import debian_python, windows_python
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

DIGITS = "{}{}".format(*sys.version_info[:2])
TARGETS = (
    "win_arm64",
    "win_amd64",
    "win32",
    "manylinux_2_28_aarch64",
    "manylinux_2_17_aarch64",
    "linux_aarch64",
    "manylinux_2_17_x86_64",
)

OTHER_ROWS = [
    row for row in ROWS if not {row.plain_tag, row.usual_tag} & {"linux_x86_64", *TARGETS}
]

CopyProject = Callable[[str], Path]


def tree(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


def test_an_unmodified_sdist_for_every_target(crosshook: CommandLine, tmp_path: Path) -> None:
    options = [word for tag in TARGETS for word in ("--target", tag)]
    done = crosshook(
        "--adapt", "--require-native", *options, "--outdir", tmp_path / "out", "markupsafe==3.0.3"
    )
    assert done.code == 0, done.err
    names = [f"markupsafe-3.0.3-cp{DIGITS}-cp{DIGITS}-{tag}.whl" for tag in TARGETS]
    assert [path.name for path in done.wheels] == names
    assert tree(tmp_path / "out") == set(names)
    for path in done.wheels:
        # The import library and the symbols that zig leaves beside a module are not packed.
        assert {Path(name).suffix for name in read_wheel(path).files} <= {
            ".py", ".c", ".pyi", ".typed", ".txt", "", ".so", ".pyd",
        }  # fmt: skip


@pytest.mark.parametrize("row", OTHER_ROWS, ids=lambda row: row.plain_tag)
def test_every_other_platform(crosshook: CommandLine, copy_project: CopyProject, row: Row) -> None:
    done = crosshook(
        "--adapt", "--require-native", "--target", row.plain_tag, copy_project("plain")
    )
    assert done.code == 0, done.err
    (path,) = done.wheels
    assert path.name == f"plain-1.0-cp{DIGITS}-cp{DIGITS}-{row.plain_tag}.whl"
    (found,) = read_wheel(path).objects
    platform = parse_platform(row.plain_tag, source="test")
    assert found.name == f"plain_ext{extension_suffixes(platform, running_python())[0]}"
    assert found.parts == (row.machine,)
    assert found.system_version == platform.macos


def test_modules_for_macos_do_not_say_where_they_were_built(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    done = crosshook("--adapt", "--target", "macosx_11_0_arm64", copy_project("plain"))
    assert done.code == 0, done.err
    (path,) = done.wheels
    shutil.unpack_archive(path, path.parent / "unpacked", "zip")
    name = f"plain_ext.cpython-{DIGITS}-darwin.so"
    data = (path.parent / "unpacked" / name).read_bytes()
    assert f"@rpath/{name}".encode() in data
    assert b"crosshook-" not in data


def test_cxx(crosshook: CommandLine, tmp_path: Path) -> None:
    targets = ("--target", "win_arm64", "--target", "manylinux_2_17_aarch64")
    done = crosshook("--adapt", *targets, "-o", tmp_path, "--json", "kiwisolver==1.4.9")
    assert done.code == 0, done.err
    results = [json.loads(line) for line in done.out.splitlines()]
    assert [result["target"] for result in results] == ["win_arm64", "manylinux_2_17_aarch64"]
    assert all(result["hook"] == "cross_build_wheel" for result in results)
    assert not any(result["pure"] for result in results)


@pytest.mark.parametrize("requirement", ["idna==3.10", "attrs==25.3.0", "packaging==25.0"])
def test_pure_projects_need_no_hook(
    crosshook: CommandLine, tmp_path: Path, requirement: str
) -> None:
    done = crosshook("--target", "win_arm64", "--json", "-o", tmp_path, requirement)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["hook"] == "build_wheel"
    assert result["tags"] == ["py3-none-any"]
    assert result["pure"]


def test_a_pure_project_with_setuptools_is_not_tagged_for_the_platform(
    crosshook: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "pure"\nversion = "1"\n[tool.setuptools]\npy-modules = ["pure"]\n'
    )
    (tmp_path / "pure.py").write_text("answer = 42\n")
    done = crosshook("--adapt", "--target", "win_arm64", tmp_path)
    assert done.code == 0, done.err
    assert [path.name for path in done.wheels] == ["pure-1-py3-none-any.whl"]


def test_without_the_hook_compiled_code_is_refused(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    project = copy_project("plain")
    done = crosshook("--target", "win_arm64", cwd=project)
    assert done.code == 1
    assert done.out == ""
    assert f"tag cp{DIGITS}-cp{DIGITS}-" in done.err
    assert "plain_ext." in done.err
    assert "hint: try --adapt" in done.err
    assert tree(project / "dist") == set()


def test_adapt_leaves_the_source_tree_alone(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    project = copy_project("plain")
    before = (project / "pyproject.toml").read_bytes()
    done = crosshook("--adapt", "--target", "win_arm64", cwd=project)
    assert done.code == 0, done.err
    assert (project / "pyproject.toml").read_bytes() == before
    left = {path.name for path in project.iterdir()} - {"dist"}
    assert left == {"pyproject.toml", "setup.py", "plain_ext.c"}


@pytest.mark.parametrize("name", ["wrapped", "in_tree"])
def test_a_wrapped_project_builds_natively_and_for_a_target(
    environ: dict[str, str], copy_project: CopyProject, own_wheel: Path, tmp_path: Path, name: str
) -> None:
    project = copy_project(name)
    environ["PIP_FIND_LINKS"] = f"{own_wheel} {environ.get('PIP_FIND_LINKS', '')}"
    done = CommandLine(environ=environ)("--target", "win_arm64", cwd=project)
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.parent == project / "dist"
    assert wheel.name == f"{name}-1.0-cp{DIGITS}-cp{DIGITS}-win_arm64.whl"
    for command in (["pip", "wheel", "--no-deps", "-w"], ["build", "--wheel", "-o"]):
        native = tmp_path / command[0]
        subprocess.run(
            [sys.executable, "-m", *command, str(native), str(project)],
            env=environ,
            check=True,
            capture_output=True,
        )
        (built,) = native.glob("*.whl")
        shutil.unpack_archive(built, native / "unpacked", "zip")
        code = f"import {name}_ext as e; print(e.answer())"
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=native / "unpacked", capture_output=True, check=True
        )
        assert ran.stdout.strip() == b"42"


@pytest.mark.parametrize(
    ("tag", "module", "library"),
    [
        ("win_arm64", "abi3_ext.pyd", "python3.dll"),
        ("manylinux_2_28_aarch64", "abi3_ext.abi3.so", None),
    ],
)
def test_the_stable_abi(
    crosshook: CommandLine, copy_project: CopyProject, tag: str, module: str, library: str | None
) -> None:
    done = crosshook("--adapt", "--target", tag, copy_project("abi3"))
    assert done.code == 0, done.err
    (path,) = done.wheels
    assert path.name == f"abi3-1.0-cp310-abi3-{tag}.whl"
    (found,) = read_wheel(path).objects
    assert found.name == module
    assert {dll for dll in found.needed if dll.lower().startswith("python")} == (
        {library} if library else set()
    )


def test_setup_py_sees_the_target(crosshook: CommandLine, copy_project: CopyProject) -> None:
    project = copy_project("sees_platform")
    done = crosshook("--adapt", "--target", "win_arm64", "--target", "linux_aarch64", project)
    assert done.code == 0, done.err
    seen = []
    for path in done.wheels:
        shutil.unpack_archive(path, project / path.name.replace(".whl", ""), "zip")
        (metadata,) = (project / path.name.replace(".whl", "")).glob("*.dist-info/METADATA")
        (summary,) = (s for s in metadata.read_text().splitlines() if s.startswith("Summary: "))
        seen.append(summary.removeprefix("Summary: "))
    assert seen == ["win32/nt/Windows/ARM64/win32", "linux/posix/Linux/aarch64/linux"]


def test_an_optional_extension_that_fails_is_not_passed_over(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    project = copy_project("optional")
    done = crosshook("--adapt", "--target", "win_arm64", project)
    assert done.code == 0, done.err
    assert "warning: the extension module broken_ext is declared and is not in" in done.err
    shutil.rmtree(project / "dist")
    done = crosshook("--adapt", "--require-native", "--target", "win_arm64", project)
    assert done.code == 1
    assert "broken_ext" in done.err
    assert tree(project / "dist") == set()


def test_what_the_compiler_says_is_shown(crosshook: CommandLine, copy_project: CopyProject) -> None:
    project = copy_project("broken")
    done = crosshook("--adapt", "--target", "win_arm64", project)
    assert done.code == 1
    assert "broken_ext.c:3" in done.err
    assert "error: unknown type name 'this'" in done.err
    assert done.out == ""
    assert tree(project / "dist") == set()


def test_paths_with_spaces_and_letters_beyond_ascii(
    environ: dict[str, str], copy_project: CopyProject, tmp_path: Path
) -> None:
    odd = tmp_path / "Ünïcode and spaces"
    shutil.copytree(copy_project("plain"), odd / "prøject")
    environ["CROSSHOOK_CACHE_DIR"] = str(odd / "cäche dir")
    out = odd / "öut dir"
    done = CommandLine(environ=environ)(
        "--adapt", "--target", "linux_aarch64", "--target", "win_amd64", "-o", out, odd / "prøject"
    )
    assert done.code == 0, done.err
    assert {path.parent for path in done.wheels} == {out}


def test_uv_installs_the_build_requirements(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    done = crosshook("--adapt", "--installer", "uv", "--target", "win_arm64", copy_project("plain"))
    assert done.code == 0, done.err


def test_a_real_python_for_the_target(crosshook: CommandLine, copy_project: CopyProject) -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    prefix = windows_python(version)
    project = copy_project("plain")
    done = crosshook("--adapt", "--target", "win_amd64", "--target-python", prefix, project)
    assert done.code == 0, done.err
    done = crosshook("--adapt", "--target", "win_arm64", "--target-python", prefix, project)
    assert done.code == 0, done.err
    assert f"Python {version} for win_amd64, which serves no target of this run" in done.err


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="Debian bookworm has Python 3.11")
def test_a_debian_python_for_the_target(crosshook: CommandLine, copy_project: CopyProject) -> None:
    prefix = debian_python("arm64")
    target = ("--target", "manylinux_2_28_aarch64", "--target-python", prefix)
    done = crosshook("--adapt", *target, copy_project("plain"))
    assert done.code == 0, done.err


def test_objects_of_other_machines_that_are_never_loaded_are_no_reason_to_refuse(
    crosshook: CommandLine, tmp_path: Path
) -> None:
    done = crosshook("--adapt", "--target", "win_amd64", "-o", tmp_path, "greenlet==3.2.4")
    assert done.code == 0, done.err
    (path,) = done.wheels
    assert "switch_arm64_masm.obj" in done.err
    assert "greenlet/_greenlet" in " ".join(read_wheel(path).files)
