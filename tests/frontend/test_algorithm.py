"""The frontend's algorithm, over backends that hand out a wheel made beforehand."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import BackendError, CrosshookError, RefusedWheel, UnsupportedTarget
from crosshook.frontend import algorithm, environments
from crosshook.frontend.algorithm import Built, Options
from crosshook.frontend.known_causes import OWN_COMPILER
from crosshook.project import read_project
from crosshook.target import Target
from tests.conftest import MakeTarget
from tests.factory import make_elf, make_pe, make_wheel

PURE = {"demo/__init__.py": b"answer = 42\n"}
PYD = "demo/_core.cp313-win_arm64.pyd"
SO = "demo/_core.cpython-313-x86_64-linux-gnu.so"
IMPORTS = {"python313.dll": ("PyModule_Create2",), "KERNEL32.dll": ("Sleep",)}


class Recorder(SilentReporter):
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class Build:
    """A project with a wheel in it, and how it is built."""

    def __init__(self, root: Path, work: Path, temporary: Path) -> None:
        self.root = root
        self.temporary = temporary
        self.reporter = Recorder()
        self._work = work

    def wheel(
        self, files: Mapping[str, bytes], tag: str = "py3-none-any", requires_python: str = ""
    ) -> Path:
        prepared = self.root / "prepared"
        prepared.mkdir()
        return make_wheel(
            prepared, files, tag=tag, purelib=tag.endswith("-any"), requires_python=requires_python
        )

    def backend(self, name: str, own: str = "") -> None:
        (self.root / "pyproject.toml").write_text(
            f'[build-system]\nrequires = []\nbuild-backend = "prepared:{name}"\n'
            f'backend-path = ["_build"]\n{own}'
        )

    def __call__(self, target: Target, **options: object) -> Built:
        self._work.mkdir()
        with environments.current(os.environ) as environment:
            return algorithm.build_for_target(
                read_project(self.root),
                target,
                self._work,
                environment=environment,
                options=Options(**options),  # type: ignore[arg-type]
                reporter=self.reporter,
                python_exports={"python313.dll": frozenset({"PyModule_Create2"})},
            )

    def refused(self, target: Target, **options: object) -> RefusedWheel:
        with pytest.raises(RefusedWheel) as caught:
            self(target, **options)
        return caught.value


@pytest.fixture
def build(
    copy_project: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Build:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return Build(copy_project("prepared"), tmp_path / "work", temporary)


def tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


# Without the hook: pure, or nothing


def test_a_pure_wheel_by_build_wheel(
    build: Build, make_target: MakeTarget, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = build.wheel(PURE)
    before = tree(build.root)
    built = build(make_target("win_arm64"))
    assert built.hook == "build_wheel"
    assert built.remarks == ()
    assert built.wheel.path == tmp_path / "work" / "taken" / made.name
    assert built.wheel.path.read_bytes() == made.read_bytes()
    assert tree(build.root) == before
    assert tree(build.temporary) == set()
    assert capfd.readouterr() == ("", "")


def test_a_wheel_for_other_pythons_is_refused(build: Build, make_target: MakeTarget) -> None:
    build.wheel(PURE, requires_python=">=3.14")
    error = build.refused(make_target("win_arm64"))
    assert error.message == "demo-1.0-py3-none-any.whl: not for Python 3.13"


@pytest.mark.parametrize("tag", ["win_arm64", "manylinux_2_17_x86_64"])
def test_a_wheel_with_compiled_code_is_refused(
    build: Build, make_target: MakeTarget, tag: str
) -> None:
    """Even where it happens to be for the target: nobody told the backend of it."""
    build.wheel({SO: make_elf(62)}, "cp313-cp313-linux_x86_64")
    error = build.refused(make_target(tag))
    assert error.message == (
        "demo-1.0-cp313-cp313-linux_x86_64.whl: not a pure wheel, and the backend prepared:pure "
        "has no cross_build_wheel hook"
    )
    assert error.exit_code == 1
    problems = "\n".join(error.problems)
    assert "cp313-cp313-linux_x86_64" in problems
    assert SO in problems
    assert "x86_64" in problems.partition(SO)[2]
    assert "--adapt" in (error.hint or "")
    assert all(problem in (error.detail or "") for problem in error.problems)
    assert tree(build.temporary) == set()


def test_compiled_code_under_a_pure_name(build: Build, make_target: MakeTarget) -> None:
    build.wheel({"demo/data.bin": make_elf(183)})
    (problem,) = build.refused(make_target("manylinux_2_28_aarch64")).problems
    assert problem.startswith("demo/data.bin: ")


def test_a_platform_tag_without_compiled_code(build: Build, make_target: MakeTarget) -> None:
    build.wheel(PURE, "py3-none-win_arm64")
    assert (
        "tag py3-none-win_arm64: not *-none-any" in build.refused(make_target("win_arm64")).problems
    )


# With the hook


def test_a_wheel_for_the_target(build: Build, make_target: MakeTarget) -> None:
    made = build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("cross")
    built = build(make_target("win_arm64"))
    assert built.hook == "cross_build_wheel"
    assert built.wheel.path.name == made.name
    assert build.reporter.warnings == []


@pytest.mark.parametrize("backend", ["cross", "cross_only"])
def test_a_pure_wheel_by_the_hook(build: Build, make_target: MakeTarget, backend: str) -> None:
    build.wheel(PURE)
    build.backend(backend)
    assert build(make_target("win_arm64")).hook == "cross_build_wheel"


def test_a_wheel_for_another_target(build: Build, make_target: MakeTarget) -> None:
    build.wheel(
        {"demo/_core.cp313-win_amd64.pyd": make_pe(0x8664, imports=IMPORTS)},
        "cp313-cp313-win_amd64",
    )
    build.backend("cross")
    error = build.refused(make_target("win_arm64"))
    assert error.message == "demo-1.0-cp313-cp313-win_amd64.whl: not for win_arm64"
    problems = "\n".join(error.problems)
    assert "tag cp313-cp313-win_amd64: win_arm64 accepts cp313-cp313-win_arm64" in problems
    assert "demo/_core.cp313-win_amd64.pyd: " in problems
    assert "win_arm64 needs PE for aarch64" in problems
    # It was built, so what the backend printed has nothing to do with it.
    assert error.detail == "\n".join(f"  - {problem}" for problem in error.problems)
    assert error.hint == OWN_COMPILER


def test_a_wheel_that_is_named_for_an_older_target(build: Build, make_target: MakeTarget) -> None:
    module = "demo/_core.cpython-313-aarch64-linux-gnu.so"
    needs = make_elf(183, versions={"libc.so.6": ("GLIBC_2.18",)})
    build.wheel({module: needs}, "cp313-cp313-manylinux2014_aarch64")
    build.backend("cross")
    error = build.refused(make_target("manylinux_2_28_aarch64"))
    assert any("needs GLIBC_2.18" in problem for problem in error.problems)
    hint = "the project names its wheels for manylinux2014_aarch64: --target manylinux2014_aarch64"
    assert str(error.hint).startswith(hint)


def test_a_wheel_that_is_always_named_for_one_platform(
    build: Build, make_target: MakeTarget
) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-manylinux1_x86_64")
    build.backend("cross")
    error = build.refused(make_target("win_arm64"))
    assert str(error.hint).startswith(
        "the project names its wheels for manylinux1_x86_64 by itself"
    )


def test_a_wheel_that_only_says_it_is_for_the_target(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(0x8664, imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("cross")
    (problem,) = build.refused(make_target("win_arm64")).problems
    assert problem.startswith(f"{PYD}: ")
    assert problem.endswith("; win_arm64 needs PE for aarch64")


def test_what_the_target_python_does_not_export(build: Build, make_target: MakeTarget) -> None:
    imports = {"python313.dll": ("_PyPrivate",)}
    build.wheel({PYD: make_pe(imports=imports)}, "cp313-cp313-win_arm64")
    build.backend("cross")
    (problem,) = build.refused(make_target("win_arm64")).problems
    assert "_PyPrivate" in problem


def test_a_file_that_is_no_wheel(build: Build, make_target: MakeTarget) -> None:
    build.wheel(PURE).write_bytes(b"not a zip file")
    build.backend("cross")
    assert "not a well-formed wheel" in build.refused(make_target("win_arm64")).message


def test_a_refused_target_is_not_built_by_build_wheel(
    build: Build, make_target: MakeTarget
) -> None:
    build.wheel(PURE)
    build.backend("refuses")
    with pytest.raises(UnsupportedTarget) as caught:
        build(make_target("win_arm64"))
    assert caught.value.message == "prepared:refuses: cross_build_wheel: aarch64 alone"
    assert caught.value.hint == "another target"
    assert "build_wheel was called" not in (caught.value.detail or "")


@pytest.mark.parametrize("backend", ["pure", "cross"])
@pytest.mark.parametrize(
    ("settings", "called_with"),
    [({"a": "1", "b": ["2", "3"]}, '{"a": "1", "b": ["2", "3"]}'), ({}, "null")],
)
def test_settings_reach_the_hooks(
    build: Build,
    make_target: MakeTarget,
    capfd: pytest.CaptureFixture[str],
    backend: str,
    settings: dict[str, object],
    called_with: str,
) -> None:
    build.wheel(PURE)
    build.backend(backend)
    build.reporter.streams_hook_output = True
    build(make_target("win_arm64"), config_settings=settings)
    assert f"build_wheel was called with {called_with}\n" in capfd.readouterr().err


# --require-native, and what is reported


def test_native_code_is_required(build: Build, make_target: MakeTarget) -> None:
    build.wheel(PURE)
    error = build.refused(make_target("win_arm64"), require_native=True)
    assert error.message == "demo-1.0-py3-none-any.whl: --require-native"
    assert error.problems == ("it holds no compiled code",)


def test_native_code_is_required_and_there(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("cross")
    build(make_target("win_arm64"), require_native=True)


SENTENCES = [
    f"the extension module demo._{letter} is declared and is not in the wheel; did it fail to "
    "compile?"
    for letter in "ab"
]


def test_a_missing_extension_is_a_warning(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("reports")
    built = build(make_target("win_arm64"))
    assert [remark.sentence for remark in built.remarks] == SENTENCES
    assert build.reporter.warnings == SENTENCES


def test_a_missing_extension_where_native_code_is_required(
    build: Build, make_target: MakeTarget
) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("reports")
    error = build.refused(make_target("win_arm64"), require_native=True)
    assert list(error.problems) == SENTENCES
    assert "build_wheel was called" in (error.detail or "")


# Backends that cannot


@pytest.mark.parametrize("backend", ["needs", "needs_for_cross"])
def test_requirements_that_are_not_installed(
    build: Build, make_target: MakeTarget, backend: str
) -> None:
    build.wheel(PURE)
    build.backend(backend)
    with pytest.raises(CrosshookError) as caught:
        build(make_target("win_arm64"))
    wanted = "a-distribution-that-is-not-there>=1"
    assert caught.value.message == f"--no-isolation: not installed: {wanted}"
    assert f'-m pip install "{wanted}"' in (caught.value.hint or "")
    assert tree(build.temporary) == set()


def test_no_hook_at_all(build: Build, make_target: MakeTarget) -> None:
    build.backend("sdist_only")
    with pytest.raises(BackendError, match=r"^prepared:sdist_only: it has no build_wheel hook$"):
        build(make_target("win_arm64"))


def test_the_end_of_what_a_backend_printed_is_shown(build: Build, make_target: MakeTarget) -> None:
    build.backend("talks")
    with pytest.raises(BackendError) as caught:
        build(make_target("win_arm64"))
    lines = (caught.value.detail or "").splitlines()
    assert lines[:2] == ["[100 lines left out; -v shows all]", "line 100"]
    assert "line 299" in lines
    assert lines[-1] == "ValueError: no wheel today"
    assert tree(build.temporary) == set()


@pytest.mark.parametrize("verbose", [False, True])
def test_a_missing_library_is_named(build: Build, make_target: MakeTarget, verbose: bool) -> None:
    build.backend("lacks")
    build.reporter.streams_hook_output = verbose
    with pytest.raises(BackendError) as caught:
        build(make_target("manylinux_2_41_aarch64"))
    error = caught.value
    assert str(error) == error.message
    assert error.message == "the header libxml/tree.h was not found for manylinux_2_41_aarch64"
    assert str(error.hint).startswith("--libraries debian:trixie/libxml2-dev; or --libraries ")
    lines = (error.detail or "").splitlines()
    assert "fatal error" in lines[0]
    assert "the command failed" in lines[-1]
    # What else was printed is in the log.
    assert sum("fatal error" in line for line in lines) == 1


# --adapt


def test_adapt_and_a_backend_that_heeds_nothing(build: Build, make_target: MakeTarget) -> None:
    build.wheel({SO: make_elf(62)}, "cp313-cp313-linux_x86_64")
    error = build.refused(make_target("win_arm64"), adapt=True)
    assert error.message == "demo-1.0-cp313-cp313-win_arm64.whl: not for win_arm64"
    said = (error.detail or "").splitlines()
    assert said[0].startswith("prepared:pure: crosshook has no adapter for this backend, and ")
    assert "ELF shared library for x86_64; win_arm64 needs" in said[1]


def test_files_for_the_machine_that_builds(build: Build, make_target: MakeTarget) -> None:
    """A compiler was called by its name. A newer glibc would not help."""
    newer = make_elf(62, versions={"libc.so.6": ("GLIBC_2.34",)})
    build.wheel({SO: newer}, "cp313-cp313-manylinux_2_28_aarch64")
    build.backend("pure", '[tool.crosshook]\nadapter = "setuptools"\n')
    error = build.refused(make_target("manylinux_2_28_aarch64"), adapt=True)
    assert error.hint == OWN_COMPILER


def test_adapt_and_a_backend_that_nobody_knows(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-linux_x86_64")
    built = build(make_target("win_arm64"), adapt=True)
    assert built.hook == "cross_build_wheel"
    assert built.wheel.path.name == "demo-1.0-cp313-cp313-win_arm64.whl"
    assert [remark.kind for remark in built.remarks] == ["unknown-backend"]
    assert not built.remarks[0].is_problem


def test_adapt_and_a_pure_project_of_such_a_backend(build: Build, make_target: MakeTarget) -> None:
    build.wheel(PURE)
    built = build(make_target("win_arm64"), adapt=True)
    assert built.hook == "cross_build_wheel"
    assert built.wheel.path.name.endswith("-any.whl")
    assert built.remarks == ()


def test_adapt_with_an_adapter(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("pure", '[tool.crosshook]\nadapter = "setuptools"\n')
    before = tree(build.root)
    assert build(make_target("win_arm64"), adapt=True).hook == "cross_build_wheel"
    assert tree(build.root) == before
    assert tree(build.temporary) == set()


def test_adapt_over_a_backend_with_the_hook(build: Build, make_target: MakeTarget) -> None:
    build.wheel({PYD: make_pe(imports=IMPORTS)}, "cp313-cp313-win_arm64")
    build.backend("cross", '[tool.crosshook]\nadapter = "setuptools"\n')
    assert build(make_target("win_arm64"), adapt=True).hook == "cross_build_wheel"
