"""Several sources in one run: what each of them comes to, and which exit code that is."""

from __future__ import annotations

import json
import shutil
import sysconfig
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import AARCH64, PURE, CommandLine
from tests.factory import make_wheel

X86_64 = "manylinux_2_28_x86_64"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)

MakeProject = Callable[..., Path]


@pytest.fixture
def make_project(crosshook: CommandLine, tmp_path: Path) -> MakeProject:
    """Return a function that makes another project beside the first, and returns its directory."""

    def make(name: str, answer: int = 1) -> Path:
        project = Path(shutil.copytree(crosshook.project, tmp_path / f"{name}"))
        # What a project is built in depends on what is in this file.
        file = project / "pyproject.toml"
        file.write_text(f"# {name}\n{file.read_text()}")
        (project / "prepared").mkdir()
        files = {f"{name}/__init__.py": f"answer = {answer}\n".encode()}
        make_wheel(project / "prepared", files, name=name)
        return project

    return make


def names(out: str) -> list[str]:
    return [Path(line).name for line in out.splitlines()]


def test_a_directory_an_sdist_and_a_file_of_them(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    one, other = make_project("one"), make_project("other")
    with tarfile.open(tmp_path / "third-1.0.tar.gz", "w:gz") as archive:
        archive.add(make_project("third"), "third-1.0")
    listed = tmp_path / "requirements.txt"
    listed.write_text(f"# others\n{tmp_path / 'third-1.0.tar.gz'}\n{other}\n")
    done = crosshook(one, "-r", listed)
    assert done.code == 0, done.err
    assert names(done.out) == [f"{name}-1.0-py3-none-any.whl" for name in ("one", "third", "other")]
    # None of them is where several belong: they are in the current directory.
    assert {Path(line).parent for line in done.out.splitlines()} == {crosshook.project / "dist"}
    assert f"* building for {one}: {AARCH64}" in done.err


def test_one_source_of_a_file_keeps_its_directory(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    one = make_project("one")
    (tmp_path / "requirements.txt").write_text(f"{one}\n{one}\n")
    done = crosshook("--requirement", tmp_path / "requirements.txt", one)
    assert done.out == f"{one / 'dist' / 'one-1.0-py3-none-any.whl'}\n"
    assert f"* building for {AARCH64}" in done.err


def test_what_cannot_be_obtained_does_not_stop_the_others(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    one = make_project("one")
    (tmp_path / "empty").mkdir()
    words = [tmp_path / "missing", tmp_path / "empty", one, one / "pyproject.toml"]
    done = crosshook(*words, "--target", X86_64)
    assert done.code == 1
    assert names(done.out) == ["one-1.0-py3-none-any.whl"]
    assert done.err.count(f"error: {tmp_path / 'missing'}: no such file or directory\n") == 1
    assert f"error: {tmp_path / 'empty'}: no project" in done.err
    assert f"error: {one / 'pyproject.toml'}: a file of a project, not the project\n" in done.err


def test_nothing_is_begun_after_it_with_fail_fast(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    done = crosshook(tmp_path / "missing", make_project("one"), "--fail-fast")
    assert (done.code, done.out) == (1, "")
    assert f"not begun: --fail-fast, and {tmp_path / 'missing'}: {AARCH64}" in done.err


def test_json_names_the_source(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    one = make_project("one")
    done = crosshook("--json", one, tmp_path / "missing")
    failed, built = map(json.loads, done.out.splitlines())
    assert (failed["source"], failed["target"]) == (str(tmp_path / "missing"), AARCH64)
    assert "no such file or directory" in failed["error"]
    assert (built["source"], built["target"]) == (str(one), AARCH64)


def test_a_pure_wheel_serves_its_own_project_alone(
    crosshook: CommandLine, make_project: MakeProject
) -> None:
    done = crosshook(make_project("one"), make_project("other"), "--target", X86_64, "-j1")
    assert done.code == 0, done.err
    assert sorted(names(done.out)) == ["one-1.0-py3-none-any.whl", "other-1.0-py3-none-any.whl"]
    assert done.err.count("* building for") == 2


@pytest.mark.parametrize("answer", [1, 2])
def test_two_sources_with_one_name(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path, answer: int
) -> None:
    """The same project twice is one wheel; another of that name must not replace the first."""
    first = Path(shutil.move(make_project("one"), tmp_path / "first"))
    second = make_project("one", answer=answer)
    done = crosshook(first, second, "-j1")
    assert done.code == (0 if answer == 1 else 1), done.err
    assert names(done.out) == ["one-1.0-py3-none-any.whl"]
    if answer == 2:
        assert "one-1.0-py3-none-any.whl: " in done.err
        assert "gave a wheel of that name" in done.err
        assert "  - one/__init__.py: differs\n" in done.err


def test_logs_of_several_sources(
    crosshook: CommandLine, make_project: MakeProject, tmp_path: Path
) -> None:
    done = crosshook(make_project("one"), make_project("other"), "--log-dir", tmp_path / "logs")
    assert done.code == 0, done.err
    assert len(list((tmp_path / "logs").iterdir())) == 3


@pytest.mark.parametrize("words", [["-r", "missing.txt"], ["-r", "empty.txt"], [""]])
def test_no_source(crosshook: CommandLine, words: list[str]) -> None:
    (crosshook.project / "empty.txt").touch()
    done = crosshook(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")


def test_several_sources_for_other_machines(crosshook: CommandLine) -> None:
    done = crosshook("--executor", "dask://127.0.0.1:9", ".", "demo")
    assert done.code == 2
    assert "error: --executor: builds one source, and several are named\n" in done.err


def test_a_cell_that_cannot_be_resolved(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("--python", "3.11,3.6")
    assert done.code in (1, 2)


def test_targets_of_the_project(crosshook: CommandLine) -> None:
    make_wheel(crosshook.project, PURE)
    crosshook.wheel()
    file = crosshook.project / "pyproject.toml"
    file.write_text(f'{file.read_text()}[tool.crosshook]\ntargets = ["{AARCH64},{X86_64}"]\n')
    done = crosshook("--json", tag=None)
    assert [json.loads(line)["target"] for line in done.out.splitlines()] == [AARCH64, X86_64]
    assert f"* of [tool.crosshook]: targets {AARCH64},{X86_64}\n" in done.err
    done = crosshook("--json")
    assert [json.loads(line)["target"] for line in done.out.splitlines()] == [AARCH64]
    assert "[tool.crosshook]" not in done.err
