"""The date that builds are told when the user says none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.frontend.source_date import VARIABLE, source_date
from crosshook.frontend.sources import Source
from tests.frontend.test_working_copy import git

NO_COMMIT = 1580601600

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def seconds(source: Source) -> int:
    # Of a repository around the temporary directory, nothing is to be read.
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(source.tree.parents[1])}
    environ.pop(VARIABLE, None)
    date = source_date(source, environ)
    assert date is not None
    assert str(date.seconds) in date.sentence
    return date.seconds


def directory(tree: Path) -> Source:
    return Source(tree=tree, origin="", kind="directory")


def test_the_newest_file_of_an_sdist(tmp_path: Path) -> None:
    for name, date in (("setup.py", 1700000000), ("deep/PKG-INFO", 1700000009)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (date, date))
    for kind in ("sdist", "requirement"):
        assert seconds(Source(tree=tmp_path, origin="", kind=kind)) == 1700000009


@pytest.mark.parametrize(("date", "told"), [(0, 315532800), (5000000000, 4354819198)])
def test_a_date_that_no_zip_archive_holds(tmp_path: Path, date: int, told: int) -> None:
    (tmp_path / "setup.py").touch()
    os.utime(tmp_path / "setup.py", (date, date))
    assert seconds(Source(tree=tmp_path, origin="", kind="sdist")) == told


def test_a_directory_has_no_date_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    assert seconds(directory(tmp_path)) == NO_COMMIT


@needs_git
def test_the_commit_of_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    for name, date in (("project", 1600000000), ("other", 1700000000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "setup.py").touch()
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{date} +0000")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", name)
    assert seconds(directory(tmp_path / "project")) == 1600000000
    assert seconds(directory(tmp_path / "other")) == 1700000000
    (tmp_path / "new").mkdir()
    assert seconds(directory(tmp_path / "new")) == NO_COMMIT


def test_the_users_own(tmp_path: Path) -> None:
    assert source_date(directory(tmp_path), {VARIABLE: "1234567890"}) is None


@pytest.mark.parametrize("text", ["yesterday", "-1", "1.5", "9" * 5000])
def test_no_date(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=rf"^{VARIABLE}: .{{,90}} is not a number of seconds"):
        source_date(directory(tmp_path), {VARIABLE: text})
