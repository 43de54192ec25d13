"""What is known of the machine that builds, and of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.adapters.generic import Generic
from crosshook.backend import planning
from crosshook.project import Backend, Project
from tests.conftest import MakeTarget


def test_build_hooks(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, group, value in (
        ("first", "hatch", "hooked.plugin"),
        ("second", "pdm.build.hook", "hooked_file:Hook"),
        ("third", "hatch", "not_there.plugin"),
        ("backend", "hatch", "a_backend.hatch.plugin"),
        ("fifth", "distutils.commands", "hooked_command:build_more"),
        ("sixth", "setuptools.finalize_distribution_options", "hooked_command:add"),
        ("setuptools", "distutils.commands", "setuptools.command.build:build"),
        ("fourth", "console_scripts", "other:main"),
    ):
        (tmp_path / f"{name}-1.dist-info").mkdir()
        metadata = tmp_path / f"{name}-1.dist-info"
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    files = ("helper/__init__.py", "space/part/plugin.py", "../../bin/first.py", "first.txt")
    record = "".join(f"{file},,\n" for file in files)
    (tmp_path / "first-1.dist-info" / "RECORD").write_text(record)
    for package in ("helper", "hooked", "a_backend", "setuptools"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "space" / "part").mkdir(parents=True)
    (tmp_path / "space" / "part" / "plugin.py").touch()
    (tmp_path / "hooked_file.py").touch()
    (tmp_path / "hooked_command.py").touch()
    (tmp_path / "other.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    project = Project(root=tmp_path, requires=(), backend=Backend(name="hatchling.build"))
    told = planning.told(project, Generic(), make_target("win_arm64"), {})
    found = {hook for hook in told.merged.build_hooks if Path(hook).is_relative_to(tmp_path)}
    names = ["hooked", "hooked_file.py", "hooked_command.py", "helper", "space/part/plugin.py"]
    assert found == {str(tmp_path / name) for name in [*names, "a_backend/hatch"]}
