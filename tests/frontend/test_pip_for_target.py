"""Packages for another Python: which are chosen, by tags and by markers."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.tags import Tag, parse_tag

from crosshook.errors import CrosshookError
from crosshook.frontend.pip_for_target import TargetSite, install
from crosshook.target.markers import environment_markers
from crosshook.target.tags import accepted_tags
from tests.conftest import MakeTarget

WINDOWS = {
    "os_name": "nt",
    "sys_platform": "win32",
    "platform_machine": "ARM64",
    "platform_python_implementation": "CPython",
    "platform_release": "11",
    "platform_system": "Windows",
    "platform_version": "10.0.26100",
    "python_full_version": "3.13.1",
    "python_version": "3.13",
    "implementation_name": "cpython",
    "implementation_version": "3.13.1",
}


def write_wheel(
    index: Path,
    name: str,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
    extras: Sequence[str] = (),
    requires_python: str = ">=3",
) -> None:
    info = f"{name}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
    needs += "".join(f"Provides-Extra: {extra}\n" for extra in extras)
    with zipfile.ZipFile(index / f"{name}-1.0-{tag}.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"tag = {tag!r}\n")
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            f"Requires-Python: {requires_python}\n{needs}",
        )
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/RECORD", "")


class Index:
    """A directory of wheels, and an installation from it for Windows on Arm."""

    def __init__(self, tmp_path: Path, tags: tuple[Tag, ...]) -> None:
        self.wheels = tmp_path / "index"
        self.work = tmp_path / "work"
        for directory in (self.wheels, self.work):
            directory.mkdir()
        self.site = TargetSite(
            directory=tmp_path / "site", python_version="3.13", tags=tags, markers=WINDOWS
        )

    def install(self, *requirements: str) -> set[str]:
        environ = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_TARGET": "/nowhere",
        }
        install(self.site, requirements, environ=environ, work=self.work)
        return {path.name for path in self.site.directory.glob("*.py")}


@pytest.fixture
def index(tmp_path: Path, make_target: MakeTarget) -> Index:
    return Index(tmp_path, accepted_tags(make_target("win_arm64", "3.13")))


def test_markers_are_the_targets(index: Index) -> None:
    for name in ("on_windows", "on_arm", "elsewhere", "for_old_python"):
        write_wheel(index.wheels, name)
    requires = [
        'on_windows; sys_platform == "win32"',
        'on_arm; platform_machine == "ARM64"',
        'elsewhere; sys_platform != "win32"',
        'for_old_python; python_version < "3.13"',
    ]
    write_wheel(index.wheels, "top", requires=requires)
    assert index.install("top") == {"top.py", "on_windows.py", "on_arm.py"}


def test_wheels_are_the_targets(index: Index) -> None:
    for tag in ("cp313-cp313-win_amd64", "cp313-cp313-win_arm64", "cp312-cp312-win_arm64"):
        write_wheel(index.wheels, "native", tag)
    assert index.install("native") == {"native.py"}
    assert "win_arm64" in (index.site.directory / "native.py").read_text()


def test_required_pythons_are_the_targets(index: Index) -> None:
    write_wheel(index.wheels, "newer", requires_python=">=3.98")
    write_wheel(index.wheels, "older", requires_python="<3.98")
    newest = {**WINDOWS, "python_version": "3.99"}
    index.site = replace(index.site, python_version="3.99", markers=newest)
    assert index.install("newer") == {"newer.py"}
    with pytest.raises(CrosshookError) as caught:
        index.install("older")
    assert "3.99.0 not in '<3.98'" in str(caught.value.detail)


def test_a_wheel_by_its_path(index: Index) -> None:
    write_wheel(index.wheels, "extra_dependency")
    write_wheel(
        index.wheels,
        "native",
        "cp313-cp313-win_arm64",
        ['extra_dependency; extra == "more"', 'missing; extra == "other"'],
        ["more", "other"],
    )
    wheel = index.wheels / "native-1.0-cp313-cp313-win_arm64.whl"
    assert index.install(f"{wheel}[more]") == {"native.py", "extra_dependency.py"}


def test_what_the_target_python_brings(index: Index) -> None:
    """As PyPy brings cffi, of which there is no wheel for it."""
    write_wheel(index.wheels, "binding", requires=["Part_of.python>=1.0"])
    write_wheel(index.wheels, "later", requires=["part-of-python>=2"])
    index.site = replace(index.site, brought={"part.of-python": "1.18.0.dev0"})
    with pytest.raises(CrosshookError) as caught:
        index.install("later")
    assert "part-of-python>=2" in str(caught.value.detail)
    assert index.install("binding") == {"binding.py"}


def test_no_wheel_for_the_target(index: Index) -> None:
    write_wheel(index.wheels, "native", "cp313-cp313-win_amd64")
    with pytest.raises(CrosshookError, match="cannot install for win32, ARM64: native") as caught:
        index.install("native")
    assert "No matching distribution found for native" in str(caught.value.detail)
    assert not index.site.directory.exists()


def test_markers_that_pip_knows_and_we_do_not(index: Index) -> None:
    write_wheel(index.wheels, "top")
    fewer = {name: value for name, value in WINDOWS.items() if name != "platform_release"}
    site = TargetSite(
        directory=index.site.directory,
        python_version="3.13",
        tags=tuple(parse_tag("py3-none-any")),
        markers=fewer,
    )
    with pytest.raises(CrosshookError) as caught:
        install(site, ["top"], environ={}, work=index.work)
    assert "environment markers platform_release" in str(caught.value.detail)


def test_packages_for_pypy(tmp_path: Path, make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64", "pypy3.11")
    index = Index(tmp_path, accepted_tags(target))
    index.site = replace(index.site, python_version="3.11", markers=environment_markers(target))
    for tag in ("cp311-cp311", "pp311-pypy311_pp73"):
        write_wheel(
            index.wheels,
            "compiled",
            f"{tag}-manylinux_2_28_aarch64",
            requires=['never; platform_python_implementation != "PyPy"'],
        )
    assert index.install("compiled") == {"compiled.py"}
    assert "pp311" in (tmp_path / "site" / "compiled.py").read_text()
