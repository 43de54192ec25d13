"""What the user typed, sorted out."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.errors import ProjectError, SourceError, UsageError
from crosshook.frontend.sources import Source, obtain

from .conftest import PYPROJECT, Index, sdist, tar_gz

Obtain = Callable[[str], Source]


@pytest.fixture
def get(
    tmp_path: Path, environ: dict[str, str], python_without_pip: str, reports: list[str]
) -> Obtain:
    """``obtain`` with an interpreter without pip, which is quick; settings by ``environ``."""

    def run(spec: str) -> Source:
        return obtain(
            spec,
            tmp_path / "wörk dir",
            python_version=(3, 13),
            environ=environ,
            python=python_without_pip,
            report=reports.append,
        )

    return run


def _project(path: Path, name: str = "pyproject.toml") -> Path:
    path.mkdir(parents=True)
    (path / name).write_bytes(PYPROJECT if name.endswith("toml") else b"")
    return path


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py"])
def test_directory_is_used_in_place(get: Obtain, tmp_path: Path, name: str) -> None:
    tree = _project(tmp_path / "My Projekt ö", name)
    assert get(str(tree)) == Source(tree=tree, origin=str(tree), kind="directory")
    assert not (tmp_path / "wörk dir").exists()


def test_relative_directory(get: Obtain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = _project(tmp_path / "demo")
    monkeypatch.chdir(tree)
    assert get(".").tree == tree
    monkeypatch.chdir(tmp_path)
    assert get("demo").tree == tree


def test_directory_without_project(get: Obtain, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"neither pyproject\.toml nor setup\.py") as caught:
        get(str(tmp_path))
    assert caught.value.hint
    _project(tmp_path / "inner")
    with pytest.raises(ProjectError) as caught:
        get(str(tmp_path))
    assert caught.value.hint == f"did you mean {tmp_path / 'inner'}?"


def test_sdist_file(get: Obtain, tmp_path: Path) -> None:
    archive = tmp_path / "dïst dir" / "demo-1.0.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(sdist("demo", "1.0"))
    source = get(str(archive))
    assert (source.kind, source.origin) == ("sdist", str(archive))
    assert source.tree.is_relative_to(tmp_path / "wörk dir")
    assert (source.tree / "pyproject.toml").is_file()


def test_sdist_without_project(get: Obtain, tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.tar.gz"
    archive.write_bytes(tar_gz({"demo-1.0/README": b""}))
    with pytest.raises(ProjectError, match=r"demo-1\.0\.tar\.gz: no project"):
        get(str(archive))


@pytest.mark.parametrize("spec", ["a/b", "./demo", ".demo", "demo-1.0.tar.gz", "demo.whl", "~/x"])
def test_missing_path(get: Obtain, spec: str) -> None:
    with pytest.raises(UsageError, match="no such file or directory") as caught:
        get(spec)
    assert caught.value.message.startswith(spec)


def test_missing_path_with_a_neighbour(get: Obtain, tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.tar.gz").touch()
    with pytest.raises(UsageError) as caught:
        get(str(tmp_path / "demo-1.1.tar.gz"))
    assert caught.value.hint == f"did you mean {tmp_path / 'demo-1.0.tar.gz'}?"


def test_wheel(get: Obtain, tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    wheel.touch()
    for spec in (
        str(wheel),
        "https://example.invalid/demo-1.0-py3-none-any.whl",
        f"demo @ {wheel.as_uri()}",
    ):
        with pytest.raises(UsageError, match="is a wheel"):
            get(spec)


def test_other_files(get: Obtain, tmp_path: Path) -> None:
    tree = _project(tmp_path / "demo")
    with pytest.raises(UsageError) as caught:
        get(str(tree / "pyproject.toml"))
    assert caught.value.hint == f"give its directory: {tree}"
    (tree / "notes.txt").touch()
    with pytest.raises(UsageError, match="neither a directory nor an sdist"):
        get(str(tree / "notes.txt"))


@pytest.mark.parametrize("spec", ["", " ", "a b", "demo==", "-x", "\0", "x" * 5000 + "!"])
def test_nonsense(get: Obtain, spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        get(spec)
    assert caught.value.hint


@pytest.mark.parametrize(
    "spec", ["git+https://u:secret@example.invalid/x", "x @ git+ssh://u:secret@example.invalid/x"]
)
def test_version_control(get: Obtain, spec: str) -> None:
    with pytest.raises(UsageError, match="version control") as caught:
        get(spec)
    assert "secret" not in caught.value.message
    assert "clone" in (caught.value.hint or "")


def test_marker(get: Obtain) -> None:
    with pytest.raises(UsageError, match="marker"):
        get("demo; python_version > '3'")


def test_requirement(
    get: Obtain, index: Index, environ: dict[str, str], reports: list[str]
) -> None:
    index.credentials = ("user", "secret")
    environ["PIP_INDEX_URL"] = index.url_with_credentials
    index.add("demo-1.0.tar.gz")
    source = get("demo[extra]>=1")
    file_url = index.url.replace("simple/", "files/demo/demo-1.0.tar.gz")
    assert source.origin == f"demo==1.0 ({file_url})"
    assert source.kind == "requirement"
    assert (source.tree / "pyproject.toml").is_file()
    assert any("extras" in line for line in reports)
    assert "secret" not in "\n".join(reports)


def test_requirement_beside_a_directory_of_that_name(
    get: Obtain,
    index: Index,
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "demo").mkdir()
    monkeypatch.chdir(tmp_path)
    environ["PIP_INDEX_URL"] = index.url
    index.add("demo-1.0.tar.gz")
    for spelled in ("demo", "./demo"):
        with pytest.raises(ProjectError):
            get(spelled)


def test_requirement_by_pip_conf(
    index: Index, environ: dict[str, str], tmp_path: Path, reports: list[str]
) -> None:
    pytest.importorskip("pip")
    conf = tmp_path / "pip.conf"
    conf.write_text(f"[global]\nindex-url = {index.url}\n")
    index.add("demo-1.0.tar.gz")
    source = obtain(
        "demo",
        tmp_path / "work",
        python_version=(3, 13),
        environ=environ | {"PIP_CONFIG_FILE": str(conf)},
        python=sys.executable,
        report=reports.append,
    )
    assert source.origin.startswith("demo==1.0 (http://127.0.0.1:")


def test_direct_urls(get: Obtain, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    index.credentials = ("user", "secret")
    with_credentials = index.url_with_credentials.replace("simple/", "files/demo/demo-1.0.tar.gz")
    shown = index.url.replace("simple/", "files/demo/demo-1.0.tar.gz")
    assert get(f"demo @ {with_credentials}").origin == f"demo ({shown})"
    assert get(with_credentials).origin == shown
    for spec in ("https://example.invalid/", "demo @ https://example.invalid/page.html"):
        with pytest.raises(UsageError, match="not the URL of an sdist"):
            get(spec)


def test_file_urls(get: Obtain, tmp_path: Path) -> None:
    archive = tmp_path / "ä b" / "demo-1.0.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(sdist("demo", "1.0"))
    assert (get(f"demo @ {archive.as_uri()}").tree / "pyproject.toml").is_file()
    tree = _project(tmp_path / "c d")
    source = get(f"demo @ {tree.as_uri()}")
    assert (source.tree, source.kind) == (tree, "directory")
    with pytest.raises(SourceError, match="cannot be read"):
        get(f"demo @ {(tmp_path / 'none.tar.gz').as_uri()}")


def test_subdirectory(get: Obtain, tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.tar.gz"
    archive.write_bytes(tar_gz({"demo-1.0/p y/setup.py": b""}))
    url = archive.as_uri()
    assert get(f"demo @ {url}#subdirectory=p%20y").tree.name == "p y"
    for wrong in ("..", "none"):
        with pytest.raises(SourceError, match="#subdirectory"):
            get(f"demo @ {url}#subdirectory={wrong}")


@pytest.mark.integration
def test_markupsafe_from_the_real_index(tmp_path: Path, reports: list[str]) -> None:
    source = obtain(
        "markupsafe==3.0.3",
        tmp_path,
        python_version=(3, 13),
        environ=os.environ,
        python=sys.executable,
        report=reports.append,
    )
    assert source.tree.name == "markupsafe-3.0.3"
    assert (source.tree / "pyproject.toml").is_file()
    assert source.origin.startswith("markupsafe==3.0.3 (https://")
    shutil.rmtree(source.tree)
