"""The wrapper backend over delegates that say how they were called."""

from __future__ import annotations

import importlib
import json
import os
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyproject_hooks
import pytest

import crosshook.backend
from crosshook import _processes
from crosshook.backend import Wrapper, wrap
from crosshook.errors import BackendError, ProjectError, UnsupportedTarget
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.project import Backend
from crosshook.target.python_version import running_python
from tests.conftest import Log, MakeTarget

PEP_517 = (
    "build_wheel",
    "build_sdist",
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "prepare_metadata_for_build_wheel",
)
PEP_660 = (
    "build_editable",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_editable",
)
CROSS = ("cross_build_wheel", "get_requires_for_cross_build_wheel")
OPTIONAL = tuple(sorted({*PEP_517, *PEP_660} - {"build_wheel", "build_sdist"}))

MakeProject = Callable[..., Path]


@pytest.fixture
def project(copy_project: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> MakeProject:
    """Return a function that makes a project that wraps a delegate, and goes there."""

    def make(delegate: str | None, extra: str = "") -> Path:
        root = copy_project("delegates")
        own = ""
        if delegate is not None:
            own = f'[tool.crosshook]\nbuild-backend = "{delegate}"\nbackend-path = ["_build"]\n'
        (root / "pyproject.toml").write_text(
            f'[build-system]\nrequires = []\nbuild-backend = "crosshook.backend"\n{own}{extra}'
        )
        monkeypatch.chdir(root)
        return root

    return make


@pytest.fixture(autouse=True)
def _imports() -> Iterator[None]:
    """Forget the delegates that a test imported."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) & {"full", "least", "own_cross", "in_tree"} - modules:
        del sys.modules[name]
    importlib.invalidate_caches()


def seen(wheel: Path) -> Any:
    with zipfile.ZipFile(wheel) as archive:
        return json.loads(archive.read("seen.json"))


@pytest.mark.parametrize("adapter", ["", 'adapter = "setuptools"\n'])
def test_the_hooks_are_the_delegates_own(project: MakeProject, adapter: str) -> None:
    project("full", adapter)
    found = {name: getattr(crosshook.backend, name) for name in (*PEP_517, *PEP_660)}
    full = sys.modules["full"]
    for name, hook in found.items():
        assert hook is getattr(full, name)


@pytest.mark.parametrize("adapter", ["", 'adapter = "setuptools"\n'])
def test_what_the_delegate_lacks_is_missing(project: MakeProject, adapter: str) -> None:
    project("least:backend", adapter)
    assert crosshook.backend.build_wheel is sys.modules["full"].build_wheel
    for name in OPTIONAL:
        assert not hasattr(crosshook.backend, name)


@pytest.mark.parametrize("delegate", ["full", "least:backend"])
@pytest.mark.parametrize("adapter", ["", 'adapter = "setuptools"\n'])
def test_there_are_cross_hooks(project: MakeProject, delegate: str, adapter: str) -> None:
    """Whether somebody knows the delegate or not."""
    project(delegate, adapter)
    assert all(callable(getattr(crosshook.backend, name)) for name in CROSS)


@pytest.mark.parametrize("adapter", ["", 'adapter = "setuptools"\n'])
def test_a_delegate_with_the_hook_is_passed_through(project: MakeProject, adapter: str) -> None:
    project("own_cross", adapter)
    hook = crosshook.backend.cross_build_wheel
    assert hook is sys.modules["own_cross"].cross_build_wheel
    # It lacks the optional one, and the adapter's must not stand in.
    assert not hasattr(crosshook.backend, "get_requires_for_cross_build_wheel")


def caller(root: Path, backend: str = "crosshook.backend") -> Any:
    made: Any = pyproject_hooks.BuildBackendHookCaller(
        str(root),
        backend,
        backend_path=None if backend == "crosshook.backend" else ["_build"],
        runner=pyproject_hooks.quiet_subprocess_runner,
    )
    return made


@pytest.mark.parametrize(
    ("delegate", "backend", "features"),
    [
        ("full", "crosshook.backend", ["build_editable"]),
        ("least:backend", "crosshook.backend", []),
        (None, "in_tree:full", ["build_editable"]),
        (None, "in_tree:least", []),
    ],
)
def test_what_a_real_frontend_finds(
    project: MakeProject, tmp_path: Path, delegate: str | None, backend: str, features: list[str]
) -> None:
    hooks = caller(project(delegate), backend)
    assert hooks._supported_features() == features
    out = tmp_path / "out"
    out.mkdir()
    has_all = bool(features)
    assert hooks.get_requires_for_build_wheel() == (["for-wheel"] if has_all else [])
    assert hooks.get_requires_for_build_sdist() == (["for-sdist"] if has_all else [])
    assert hooks.build_sdist(str(out)) == "fake-1.0.tar.gz"
    wheel = hooks.build_wheel(str(out), {"a": "1"})
    native = seen(out / wheel)
    assert native["arguments"] == [str(out), {"a": "1"}, None]
    assert native["platform"] == sysconfig.get_platform()
    if has_all:
        assert hooks.get_requires_for_build_editable() == ["for-editable"]
        assert hooks.build_editable(str(out)) == wheel
    else:
        with pytest.raises(pyproject_hooks.HookMissing):
            hooks.build_editable(str(out))


def cross_caller(root: Path, log: Path, backend: str = "crosshook.backend") -> HookCaller:
    in_tree = backend != "crosshook.backend"
    return HookCaller(
        root=root,
        backend=Backend(name=backend, path=("_build",) if in_tree else ()),
        python=sys.executable,
        runner=_processes.hook_runner(
            {**os.environ, "PYTHONPATH": RELAY_DIRECTORY}, output=Log(log)
        ),
    )


@pytest.mark.parametrize(
    ("delegate", "backend"),
    [("full", "crosshook.backend"), (None, "in_tree:full")],
)
def test_a_cross_build(
    project: MakeProject,
    make_target: MakeTarget,
    tmp_path: Path,
    delegate: str | None,
    backend: str,
) -> None:
    root = project(delegate, 'adapter = "setuptools"\n' if delegate else "")
    hooks = cross_caller(root, tmp_path / "log", backend)
    assert hooks.available() == {
        "build_wheel",
        "get_requires_for_build_wheel",
        "prepare_metadata_for_build_wheel",
        "cross_build_wheel",
        "get_requires_for_cross_build_wheel",
    }
    running = running_python()
    target = make_target("win_arm64", str(running)).to_json()
    assert hooks.get_requires_for_cross_build_wheel(target, {"a": "1"}) == ["for-wheel", "a"]
    other = make_target("win_arm64", "3.99").to_json()
    requires = ["for-wheel", "a", "setuptools>=84.2.1"]
    assert hooks.get_requires_for_cross_build_wheel(other, {"a": "1"}) == requires
    out = tmp_path / "out"
    out.mkdir()
    answer = seen(hooks.cross_build_wheel(out, target, {"a": "1"}))
    assert answer["arguments"] == [str(out), {"a": "1"}, None]
    assert answer["platform"] == "win-arm64"
    assert answer["suffix"] == f".cp{running.digits}-win_arm64.pyd"
    # A launcher of the compiler, which adds what modules for Windows are linked with.
    assert answer["environ"]["CC"].endswith("/bin/cc")
    # Projects that look for it have workarounds of their own.
    assert "SETUPTOOLS_EXT_SUFFIX" not in answer["environ"]
    # It is a module of the project, and imports these two while the target is in place.
    assert answer["sys.platform"] == "win32"
    assert answer["platform.system"] == "Windows"
    assert (tmp_path / "log").read_bytes() == b""


def test_a_project_that_wants_to_see_this_machine(
    project: MakeProject, make_target: MakeTarget, tmp_path: Path
) -> None:
    project("full", 'adapter = "setuptools"\nproject-sees = "build"\n')
    name = crosshook.backend.cross_build_wheel(str(tmp_path), make_target("win_arm64").to_json())
    answer = seen(tmp_path / name)
    assert answer["sys.platform"] == sys.platform
    assert answer["platform"] == "win-arm64"


def test_a_cross_build_in_this_process_leaves_nothing(
    project: MakeProject,
    make_target: MakeTarget,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project("full", 'adapter = "setuptools"\n')
    monkeypatch.setenv("_PYTHON_HOST_PLATFORM", "linux-other")
    hook = crosshook.backend.cross_build_wheel
    before = dict(os.environ), list(sys.path), dict(sysconfig.get_config_vars())
    target = make_target("manylinux_2_28_aarch64").to_json()
    name = hook(str(tmp_path), target, None, "metadata")
    answer = seen(tmp_path / name)
    assert answer["arguments"] == [str(tmp_path), None, "metadata"]
    assert "_PYTHON_HOST_PLATFORM" not in answer["environ"]
    scratch = Path(answer["environ"]["DIST_EXTRA_CONFIG"]).parent
    assert not scratch.exists()
    with pytest.raises(ValueError, match="on purpose"):
        hook(str(tmp_path), target, {"fail": "on purpose"})
    assert (dict(os.environ), list(sys.path), dict(sysconfig.get_config_vars())) == before


def test_the_delegates_own_hook_is_called(
    project: MakeProject, make_target: MakeTarget, tmp_path: Path
) -> None:
    root = project("own_cross")
    hooks = cross_caller(root, tmp_path / "log")
    assert "get_requires_for_cross_build_wheel" not in hooks.available()
    target = make_target("win_arm64").to_json()
    wheel = hooks.cross_build_wheel(root, target, None)
    assert json.loads(wheel.read_text()) == target


def test_the_delegates_own_refusal_is_one(
    project: MakeProject, make_target: MakeTarget, tmp_path: Path
) -> None:
    root = project("own_cross")
    with pytest.raises(UnsupportedTarget, match="no win32"):
        cross_caller(root, tmp_path / "log").cross_build_wheel(
            root, make_target("win32").to_json(), None
        )


def test_the_adapters_refusal_is_one(
    project: MakeProject, make_target: MakeTarget, tmp_path: Path
) -> None:
    root = project("full", 'adapter = "setuptools"\n')
    target = make_target("win32").to_json()
    del target["toolchain"]
    with pytest.raises(UnsupportedTarget, match=r"target\.toolchain: missing") as caught:
        cross_caller(root, tmp_path / "log").cross_build_wheel(root, target, None)
    assert caught.value.hint is not None


@pytest.mark.parametrize("name", CROSS)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": "2.0"}, r"^target\.schema_version: '2\.0' is not supported"),
        (
            {"platform_tag": "plan9_vax"},
            r"^target\.platform_tag: unknown wheel platform tag 'plan9_vax'",
        ),
        ({"python": {}}, r"^target\.python\.schema_version: missing"),
        ({"implementation": "graalpy"}, r"^target\.python\.implementation\.name: 'graalpy' is not"),
    ],
)
def test_a_target_that_is_not_known_is_refused(
    project: MakeProject,
    make_target: MakeTarget,
    tmp_path: Path,
    name: str,
    changes: dict[str, Any],
    said: str,
) -> None:
    project("full", 'adapter = "setuptools"\n')
    target = make_target("win_arm64").to_json()
    if "implementation" in changes:
        changes = {"python": {**target["python"], "implementation": {"name": "graalpy"}}}
    arguments: list[Any] = [{**target, **changes}]
    if name == "cross_build_wheel":
        arguments.insert(0, str(tmp_path))
    with pytest.raises(UnsupportedTarget, match=said):
        getattr(crosshook.backend, name)(*arguments)
    assert not list(tmp_path.glob("*.whl"))


@pytest.mark.parametrize("name", ["build_wheel", "build_editable", "cross_build_wheel"])
def test_no_delegate_is_named(project: MakeProject, name: str) -> None:
    project(None)
    with pytest.raises(ProjectError, match=r"tool\.crosshook\.build-backend: missing"):
        getattr(crosshook.backend, name)


def test_no_delegate_is_named_is_what_the_frontend_hears(
    project: MakeProject, tmp_path: Path
) -> None:
    hooks = cross_caller(project(None), tmp_path / "log")
    with pytest.raises(BackendError, match=r"tool\.crosshook\.build-backend: missing"):
        hooks.available()


def test_a_delegate_that_is_not_there(project: MakeProject) -> None:
    project("not_a_module")
    with pytest.raises(ModuleNotFoundError, match="not_a_module"):
        _ = crosshook.backend.build_wheel


def test_a_delegate_whose_object_is_not_there(project: MakeProject) -> None:
    project("full:missing")
    with pytest.raises(ProjectError, match="full:missing"):
        hasattr(crosshook.backend, "build_wheel")


def test_an_unknown_adapter(project: MakeProject) -> None:
    project("full", 'adapter = "meson"\n')
    with pytest.raises(ProjectError, match="unknown adapter 'meson'"):
        _ = crosshook.backend.build_wheel


def test_the_users_own_configuration_file(
    project: MakeProject,
    make_target: MakeTarget,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project("full", 'adapter = "setuptools"\n')
    hook = crosshook.backend.cross_build_wheel
    target = make_target("win_arm64").to_json()
    monkeypatch.setenv("DIST_EXTRA_CONFIG", str(tmp_path / "not-there.cfg"))
    with pytest.raises(ProjectError, match=r"^DIST_EXTRA_CONFIG: .*not-there\.cfg: "):
        hook(str(tmp_path), target)
    (tmp_path / "own.cfg").write_text("[build_ext]\ndebug = 1\n")
    monkeypatch.setenv("DIST_EXTRA_CONFIG", str(tmp_path / "own.cfg"))
    answer = seen(tmp_path / hook(str(tmp_path), target))
    assert answer["environ"]["DIST_EXTRA_CONFIG"] != str(tmp_path / "own.cfg")
    assert os.environ["DIST_EXTRA_CONFIG"] == str(tmp_path / "own.cfg")


def test_wrap(project: MakeProject) -> None:
    project(None)
    backend = wrap("full", backend_path=("_build",), adapter="setuptools")
    assert isinstance(backend, Wrapper)
    assert backend.build_wheel is sys.modules["full"].build_wheel
    assert callable(backend.cross_build_wheel)
    assert not hasattr(backend, "not_a_hook")
    assert not hasattr(backend, "__wrapped__")
    assert backend.UnsupportedTarget is UnsupportedTarget


def test_wrap_without_an_adapter(project: MakeProject) -> None:
    project(None)
    backend = wrap("least:backend", backend_path=("_build",))
    assert all(callable(getattr(backend, name)) for name in CROSS)
    assert not any(hasattr(backend, name) for name in OPTIONAL)


def test_what_is_raised_is_named_beside_the_hook(project: MakeProject) -> None:
    project("full", 'adapter = "setuptools"\n')
    assert crosshook.backend.UnsupportedTarget is UnsupportedTarget


def test_what_the_delegate_raises_is_named_beside_its_hook(project: MakeProject) -> None:
    project("own_cross", 'adapter = "setuptools"\n')
    assert crosshook.backend.UnsupportedTarget is sys.modules["own_cross"].UnsupportedTarget


def test_a_configuration_file_that_is_not_utf8(
    project: MakeProject,
    make_target: MakeTarget,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project("full", 'adapter = "setuptools"\n')
    (tmp_path / "own.cfg").write_bytes(b"[build]\n# caf\xe9\n")
    monkeypatch.setenv("DIST_EXTRA_CONFIG", str(tmp_path / "own.cfg"))
    with pytest.raises(ProjectError, match=r"^DIST_EXTRA_CONFIG: .*own\.cfg: "):
        crosshook.backend.cross_build_wheel(str(tmp_path), make_target("win_arm64").to_json())
