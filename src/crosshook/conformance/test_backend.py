"""Checks of a backend: its hooks, what it refuses, and what it builds."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import packaging.tags
import pytest
from packaging.requirements import Requirement

from crosshook.conformance.plugin import MakeBackend
from crosshook.conformance.subjects import BackendSubject
from crosshook.errors import BackendError, CrosshookError, UnsupportedTarget
from crosshook.target import parse_target
from crosshook.target.promise import promise_of
from crosshook.wheel.checks import accept_for_target, accept_pure
from crosshook.wheel.reading import read_wheel

UNKNOWN = {"x_not_known": {"to": ["any", "version", 1.5, None]}}


def contents(path: Path) -> dict[str, int]:
    """Return a checksum of each file in a wheel."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: info.CRC for info in archive.infolist()}


def refusal(backend: BackendSubject, target: dict[str, Any]) -> None:
    """Check that the backend refuses a target, by the right exception and without a wheel."""
    with pytest.raises(CrosshookError) as caught:
        backend.cross_build(target)
    assert isinstance(caught.value, UnsupportedTarget), f"not by UnsupportedTarget: {caught.value}"
    assert list((backend.work / "wheel").glob("*.whl")) == []


def test_the_hook(backend: BackendSubject) -> None:
    """`cross_build_wheel` is there."""
    assert backend.described["cross_build_wheel"] is not None, "there is none"


@pytest.mark.parametrize("hook", ["cross_build_wheel", "get_requires_for_cross_build_wheel"])
def test_the_signature(backend: BackendSubject, hook: str) -> None:
    """The hooks take their arguments by position, under the names that the PEP has."""
    signature = backend.described[hook]
    if signature is None and hook.startswith("get_requires"):
        pytest.skip("optional, and not there")
    assert signature["names"], "its arguments have other names"
    assert signature["positions"], "it does not take them by position"


def test_the_refusal(backend: BackendSubject) -> None:
    """`UnsupportedTarget` is an exception class, beside the hook."""
    assert backend.described["UnsupportedTarget"], "there is none"


def test_the_requirements(backend: BackendSubject, target: dict[str, Any]) -> None:
    """`get_requires_for_cross_build_wheel` returns requirements."""
    if backend.described["get_requires_for_cross_build_wheel"] is None:
        pytest.skip("optional, and not there")
    for text in backend.hooks.get_requires_for_cross_build_wheel(target, None):
        Requirement(text)


def test_the_wheel(backend: BackendSubject, target: dict[str, Any]) -> None:
    """The wheel is for the target: its tags, its files' names, its machine, what it needs."""
    path = backend.cross_build(target)
    wheel = accept_for_target(path, promise_of(parse_target(target)))
    assert wheel.objects, "no compiled code"
    assert [found.name for found in path.parent.glob("*.whl")] == [path.name]


def test_again(make_backend: MakeBackend, target: dict[str, Any]) -> None:
    """The same wheel, file by file, if it is built again somewhere else."""
    first, second = (contents(make_backend().cross_build(target)) for _ in range(2))
    if other := sorted(name for name in first | second if first.get(name) != second.get(name)):
        pytest.fail(f"not the same: {', '.join(other)}")


def test_unknown_keys(backend: BackendSubject, target: dict[str, Any]) -> None:
    """Keys that are not known, of a later minor version, are ignored."""
    toolchain = {**target.get("toolchain", {}), **UNKNOWN}
    changed = {**target, **UNKNOWN, "schema_version": "1.999"}
    if "toolchain" in target:
        changed["toolchain"] = toolchain
    accept_for_target(backend.cross_build(changed), promise_of(parse_target(target)))


def test_another_major_version(backend: BackendSubject, target: dict[str, Any]) -> None:
    """A `schema_version` of another major version is refused."""
    refusal(backend, {**target, "schema_version": "2.0"})


def test_an_unknown_platform(backend: BackendSubject, target: dict[str, Any]) -> None:
    """A platform that nobody knows is refused."""
    python = {**target["python"], "platform": "plan9-vax"}
    refusal(backend, {**target, "platform_tag": "plan9_vax", "python": python})


def test_an_unknown_python(backend: BackendSubject, target: dict[str, Any]) -> None:
    """A Python of an implementation that nobody knows is refused."""
    implementation = {**target["python"]["implementation"], "name": "nopython"}
    python = {**target["python"], "implementation": implementation}
    refusal(backend, {**target, "python": python})


def test_no_toolchain(backend: BackendSubject, target: dict[str, Any]) -> None:
    """Without `toolchain`, the wheel is for the target, or the target is refused."""
    changed = {key: value for key, value in target.items() if key != "toolchain"}
    try:
        path = backend.cross_build(changed)
    except UnsupportedTarget:
        return
    accept_for_target(path, promise_of(parse_target(target)))


def test_a_compiler_that_is_not_there(backend: BackendSubject, target: dict[str, Any]) -> None:
    """With a compiler in `toolchain` that is not there, the build fails, or needs none."""
    missing = str(backend.work / "no-such-compiler")
    toolchain = {
        **target.get("toolchain", {"name": "none", "argument_syntax": "gcc"}),
        "commands": {tool: [missing] for tool in ("cc", "cxx", "ar", "ranlib", "rc")},
    }
    try:
        path = backend.cross_build({**target, "toolchain": toolchain})
    except (BackendError, UnsupportedTarget):
        return
    accept_for_target(path, promise_of(parse_target(target)))


def test_native_builds(backend: BackendSubject, target: dict[str, Any]) -> None:
    """`build_wheel`, in the same tree afterwards, builds for this machine."""
    backend.cross_build(target)
    path = backend.hooks.build_wheel(backend.directory("native"), None)
    native = {tag.platform for tag in packaging.tags.sys_tags()}
    assert {tag.platform for tag in read_wheel(path).tags} <= native, "for another machine"


def test_a_pure_project(
    make_backend: MakeBackend, target: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    """A project without compiled code gives a pure wheel."""
    project = pytestconfig.getoption("--pure-project")
    if project is None:
        pytest.skip("--pure-project: none given")
    accept_pure(make_backend(project).cross_build(target))
