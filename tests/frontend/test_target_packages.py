"""What a project is compiled against, installed for the target from a directory of wheels."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import CrosshookError
from crosshook.frontend import target_packages
from crosshook.frontend.environments import Installed
from crosshook.project import Backend, Project, Settings
from crosshook.target import Target
from tests.conftest import MakeTarget

PROJECT = Project(
    root=Path("project"),
    requires=("mesonpy", "NumPy>=2"),
    backend=Backend(name="mesonpy"),
)


def write_wheel(index: Path, name: str, version: str, tag: str) -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(index / f"{name}-{version}-{tag}.whl", "w") as archive:
        archive.writestr(f"{name}/include/{name}.h", f"/* {tag} */\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@dataclass(kw_only=True)
class FakeEnvironment:
    """A build environment in which distributions are said to be installed."""

    environ: Mapping[str, str]
    there: dict[str, Installed] = field(default_factory=dict)
    python: str = "python"

    def add(self, site: Path, name: str, version: str) -> None:
        header = site / name / "include" / f"{name}.h"
        header.parent.mkdir(parents=True)
        header.write_text("/* the build machine's */\n")
        files = (f"{name}/include/{name}.h", f"../../../bin/{name}-config")
        self.there[name] = Installed(version=version, directory=str(site), files=files)

    def install(self, requirements: Sequence[str]) -> None:
        raise AssertionError

    def install_crosshook(self) -> None:
        raise AssertionError

    def installed(self, names: Sequence[str]) -> Mapping[str, Installed]:
        return {name: self.there[name] for name in names if name in self.there}


class Notes(SilentReporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


class Room:
    """An index, a build environment, and a place for packages."""

    def __init__(self, tmp_path: Path) -> None:
        self.index = tmp_path / "index"
        self.work = tmp_path / "work"
        self.site = tmp_path / "site"
        for directory in (self.index, self.work):
            directory.mkdir()
        self.environment = FakeEnvironment(
            environ={
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.index),
                "PIP_CONFIG_FILE": "/dev/null",
            }
        )
        self.notes = Notes()

    def built(self, name: str, version: str) -> None:
        self.environment.add(self.site, name, version)

    def provide(
        self, target: Target, project: Project = PROJECT, requires: Sequence[str] = ()
    ) -> Target:
        return target_packages.provide(
            target,
            project,
            requires,
            environment=self.environment,
            work=self.work,
            reporter=self.notes,
        )

    def header(self, target: Target, name: str) -> str:
        assert target.target_packages is not None
        file = Path(target.target_packages) / name / "include" / f"{name}.h"
        return file.read_text().strip(" /*\n")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_the_version_of_the_build_environment(room: Room, make_target: MakeTarget) -> None:
    room.built("numpy", "2.1")
    for version in ("2.0", "2.1", "2.2"):
        for tag in ("cp313-cp313-win_amd64", "cp313-cp313-win_arm64"):
            write_wheel(room.index, "numpy", version, tag)
    found = room.provide(make_target("win_arm64"))
    assert room.header(found, "numpy") == "cp313-cp313-win_arm64"
    assert found.target_packages == str(room.work / "target-packages")
    assert (room.work / "target-packages" / "numpy-2.1.dist-info").is_dir()


@pytest.mark.parametrize(
    ("tag", "wheel"),
    [
        ("manylinux_2_17_aarch64", "manylinux_2_28_aarch64"),
        ("linux_aarch64", "manylinux2014_aarch64"),
        ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64"),
        ("macosx_11_0_arm64", "macosx_14_0_arm64"),
    ],
)
def test_headers_need_not_be_for_the_oldest_system(
    room: Room, make_target: MakeTarget, tag: str, wheel: str
) -> None:
    room.built("numpy", "2.1")
    write_wheel(room.index, "numpy", "2.1", f"cp313-cp313-{wheel}")
    assert room.header(room.provide(make_target(tag)), "numpy") == f"cp313-cp313-{wheel}"


def test_nothing_is_needed(room: Room, make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    room.built("cython", "3.1")
    assert room.provide(target, replace(PROJECT, requires=("cython",))) == target
    # An environment marker left it out.
    assert (
        room.provide(target, replace(PROJECT, requires=("numpy; python_version < '3'",))) == target
    )


def test_what_the_mapping_brings_is_taken(room: Room, make_target: MakeTarget) -> None:
    target = replace(make_target("win_arm64"), target_packages="/mine")
    room.built("numpy", "2.1")
    assert room.provide(target) is target


def test_what_the_backend_asks_for(room: Room, make_target: MakeTarget) -> None:
    room.built("numpy", "2.1")
    write_wheel(room.index, "numpy", "2.1", "cp313-cp313-win_arm64")
    bare = replace(PROJECT, requires=("setuptools", "not a requirement"))
    assert room.header(room.provide(make_target("win_arm64"), bare, ["numpy"]), "numpy")


def test_what_the_project_names(room: Room, make_target: MakeTarget) -> None:
    """In the version that is installed, or as it is written where it is not."""
    room.built("headers", "1.0")
    for name, version in (("headers", "1.0"), ("headers", "2.0"), ("more", "3.0"), ("more", "4.0")):
        write_wheel(room.index, name, version, "py3-none-any")
    settings = Settings(target_requires=("headers", "more<4"))
    project = replace(PROJECT, requires=(), settings=settings)
    found = room.provide(make_target("linux_aarch64"), project)
    names = {path.name for path in Path(str(found.target_packages)).glob("*.dist-info")}
    assert names == {"headers-1.0.dist-info", "more-3.0.dist-info"}


def test_no_wheel_for_the_target(room: Room, make_target: MakeTarget) -> None:
    room.built("numpy", "2.1")
    write_wheel(room.index, "numpy", "2.1", "cp313-cp313-win_amd64")
    with pytest.raises(CrosshookError) as caught:
        room.provide(make_target("win32"))
    assert caught.value.message == (
        "numpy==2.1: no wheel for win32, x86, Python 3.13, which the extension modules are "
        "compiled against"
    )
    assert "PIP_FIND_LINKS" in str(caught.value.hint)
    assert "No matching distribution found for numpy==2.1" in str(caught.value.detail)


def test_headers_that_are_the_same_everywhere(room: Room, make_target: MakeTarget) -> None:
    """What the build environment has does, if pip has no wheel; NumPy's is the target's."""
    room.built("pybind11", "3.0")
    room.built("numpy", "2.1")
    write_wheel(room.index, "numpy", "2.1", "cp313-cp313-win_arm64")
    found = room.provide(make_target("win_arm64"), replace(PROJECT, requires=("pybind11", "numpy")))
    assert room.header(found, "pybind11") == "the build machine's"
    assert room.header(found, "numpy") == "cp313-cp313-win_arm64"
    assert room.notes.said == [
        "pybind11==3.0: not for the target: the build environment's, which is the same"
    ]
    assert {p.name for p in Path(str(found.target_packages)).parent.glob("*")} >= {
        "target-packages"
    }
