"""What other distributions add, and what is said of those that are broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook import _plugins, emulators, pythons, toolchains
from crosshook.adapters import Adapter, BuildMachine, Plan, find_adapter
from crosshook.errors import EmulatorError, PluginError, ProjectError, ToolchainError, UsageError
from crosshook.frontend import adapter_plugins
from crosshook.machine import Machine
from crosshook.project import Backend, Project, Settings
from crosshook.target.platforms import parse_platform
from tests.conftest import PY313, MakeTarget
from tests.plugins import install, install_example

PROJECT = Project(
    root=Path("project"), requires=("example",), backend=Backend(name="example_backend")
)
HERE = BuildMachine(system="linux", environ={})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that distributions are imported from, and forgotten afterwards."""
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.syspath_prepend(directory)
    before = set(sys.modules)
    yield directory
    for name in set(sys.modules) - before:
        if name.startswith(("crosshook_example", "broken")):
            del sys.modules[name]


def machine(environ: dict[str, str], tmp_path: Path) -> Machine:
    return Machine(system="linux", arch="x86_64", environ=environ, cache=tmp_path)


def test_nothing_is_imported_before_it_is_asked(site: Path) -> None:
    install_example(site)
    found = _plugins.find_plugins(_plugins.ADAPTERS, ())
    assert str(found["example"]) == "example of crosshook-example 1.0 (crosshook.adapters)"
    assert "crosshook_example" not in sys.modules


def test_an_adapter(site: Path, make_target: MakeTarget) -> None:
    install_example(site)
    adapter = find_adapter(PROJECT)
    assert isinstance(adapter, Adapter)
    target = make_target("win_arm64")
    assert tuple(adapter.probes(target, PROJECT, HERE)) == ()
    assert tuple(adapter.explain(PROJECT, Plan())) == ()
    assert adapter.plan(target, PROJECT, HERE).environ == {
        "EXAMPLE_TARGET": "win_arm64",
        "EXAMPLE_CC": "/tools/cc",
    }


def test_a_project_names_an_adapter(site: Path) -> None:
    install_example(site)
    other = replace(PROJECT, backend=Backend(name="other"))
    found = find_adapter(replace(other, settings=Settings(adapter="example")))
    assert found is not None
    assert found.name == "example"
    with pytest.raises(ProjectError) as caught:
        find_adapter(replace(other, settings=Settings(adapter="no")))
    assert "setuptools" in (caught.value.hint or "")
    assert (caught.value.hint or "").endswith(", example")


def test_crosshooks_own_adapters_are_asked_first(site: Path) -> None:
    install(site, {_plugins.ADAPTERS: {"broken": "broken_no_such_module:adapter"}})
    found = find_adapter(replace(PROJECT, backend=Backend(name="maturin")))
    assert found is not None
    assert found.name == "maturin"


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
        ("other = 1", "AttributeError: module 'broken_module' has no attribute 'adapter'"),
        ("adapter = object()", "broken_module:adapter has no recognises, plan"),
        ("class adapter:\n def __init__(self): raise KeyError('x')", "KeyError: 'x'"),
        (
            "class adapter:\n plan = None\n def recognises(self, project): return 1 / 0",
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_broken_one_is_named_in_one_line(site: Path, module: str, said: str) -> None:
    entry_points = {_plugins.ADAPTERS: {"broken": "broken_module:adapter"}}
    install(site, entry_points, modules={"broken_module": module})
    with pytest.raises(PluginError) as caught:
        find_adapter(PROJECT)
    assert caught.value.message.startswith("broken of broken-plugin 1.0 (crosshook.adapters): ")
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint == "install another release of it, or: pip uninstall broken-plugin"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def plan(self, *a): raise KeyError('cc')", "KeyError: 'cc'"),
        ("def plan(self, *a): return {}", r"plan\(\) returned {}, not a Plan"),
        ("def plan(self, *a): return P()\n def probes(self): pass", "TypeError: "),
        ("def plan(self, *a): return P()\n def explain(self): pass", "TypeError: "),
    ],
)
def test_one_that_fails_when_it_is_called(
    site: Path, make_target: MakeTarget, body: str, said: str
) -> None:
    start = "from crosshook.adapters import Plan as P\nclass A:\n def recognises(self, p): return 1"
    entry_points = {_plugins.ADAPTERS: {"broken": "broken_module:A"}}
    install(site, entry_points, modules={"broken_module": f"{start}\n {body}\n"})
    adapter = find_adapter(PROJECT)
    assert adapter is not None
    target = make_target("win_arm64")
    with pytest.raises(PluginError, match=said):
        adapter.plan(target, PROJECT, HERE)
        adapter.probes(target, PROJECT, HERE)
        adapter.explain(PROJECT, Plan())


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (_plugins.ADAPTERS, "setuptools"),
        (_plugins.TOOLCHAINS, "zig"),
        (_plugins.PYTHONS, "fetch"),
    ],
)
def test_a_name_of_crosshooks_own(site: Path, tmp_path: Path, group: str, name: str) -> None:
    install(site, {group: {name: "broken_module:it"}})
    with pytest.raises(PluginError, match="crosshook has one of that name"):
        if group == _plugins.ADAPTERS:
            find_adapter(PROJECT)
        elif group == _plugins.TOOLCHAINS:
            platform = parse_platform("win_arm64", source="test")
            toolchains.offered("x", platform, environ={}, cache=tmp_path, system="linux")
        else:
            pythons.find_provider("x", source="--python-source")


def test_a_name_that_two_have(site: Path) -> None:
    install_example(site)
    install(site, {_plugins.ADAPTERS: {"example": "broken_module:it"}})
    with pytest.raises(PluginError, match=r"(example|plugin) has one of that name as well"):
        find_adapter(PROJECT)


def test_a_toolchain(site: Path, tmp_path: Path) -> None:
    install_example(site)
    platform = parse_platform("win_arm64", source="test")

    def offered(name: str, environ: dict[str, str]) -> toolchains.ToolchainPlan:
        return toolchains.offered(name, platform, environ=environ, cache=tmp_path, system="linux")

    assert offered("example", {"EXAMPLE_COMPILER": "/cc"}).toolchain.commands["cc"] == ("/cc",)
    with pytest.raises(ToolchainError, match="EXAMPLE_COMPILER: not set"):
        offered("example", {})
    with pytest.raises(UsageError) as caught:
        offered("tcc", {})
    names = "zig, gnu, llvm, msvc, environment, example"
    assert caught.value.hint == f"known: {names}, or a file, FILE.toml"


def test_a_python(site: Path, tmp_path: Path) -> None:
    install_example(site)
    plugin = pythons.find_provider("example", source="--python-source")
    platform = parse_platform("win_arm64", source="test")
    found = tmp_path / "3.13-win_arm64"
    environ = {"EXAMPLE_PYTHONS": str(tmp_path)}
    assert pythons.offered(plugin, platform, PY313, environ=environ, cache=tmp_path) is None
    found.mkdir()
    assert pythons.offered(plugin, platform, PY313, environ=environ, cache=tmp_path) == found
    with pytest.raises(PluginError, match="KeyError: 'EXAMPLE_PYTHONS'"):
        pythons.offered(plugin, platform, PY313, environ={}, cache=tmp_path)
    with pytest.raises(UsageError, match=r"'no' is none of composed, uv, debian, fetch, example$"):
        pythons.find_provider("no", source="--python-source")


def test_an_emulator(site: Path, tmp_path: Path) -> None:
    platform = parse_platform("macosx_11_0_arm64", source="test")
    there, without = machine({"EXAMPLE_EMULATOR": "/darling"}, tmp_path), machine({}, tmp_path)
    reason = "nothing runs darwin programs on linux"
    assert emulators.nothing_runs(platform, there) == reason
    install_example(site)
    assert emulators.nothing_runs(platform, there) is None
    assert emulators.nothing_runs(platform, without) == reason
    chosen = emulators.choose(platform, tmp_path / "bin/python", tmp_path, there)
    assert chosen.python[0] == "/darling"
    with pytest.raises(EmulatorError, match=reason):
        emulators.choose(platform, tmp_path / "bin/python", tmp_path, without)


def test_a_copy_for_the_build_environment(site: Path, tmp_path: Path) -> None:
    install_example(site)
    info = site / "crosshook_example-1.0.dist-info"
    with (info / "METADATA").open("a") as stream:
        stream.write("Requires-Dist: crosshook\nRequires-Dist: tomli\n")
        stream.write("Requires-Dist: rich ; extra == 'tui'\n")
    plugins = adapter_plugins.adapter_plugins()
    assert adapter_plugins.requirements(plugins) == ("tomli",)
    adapter_plugins.copy_into(tmp_path / "env", plugins)
    names = {path.name for path in (tmp_path / "env").iterdir()}
    assert names == {"crosshook_example", "crosshook-example-1.0.dist-info"}
    assert (tmp_path / "env/crosshook_example/adapter.py").is_file()
    assert not (tmp_path / "env/crosshook_example").is_symlink()


def test_a_copy_of_a_part_of_a_namespace(site: Path, tmp_path: Path) -> None:
    (site / "broken_shared").mkdir()
    (site / "broken_shared" / "mine.py").write_text("adapter = 1\n")
    (site / "broken_shared" / "others.py").write_text("")
    install(site, {_plugins.ADAPTERS: {"mine": "broken_shared.mine:adapter"}})
    adapter_plugins.copy_into(tmp_path / "env", adapter_plugins.adapter_plugins())
    copied = [path.name for path in (tmp_path / "env" / "broken_shared").iterdir()]
    assert copied == ["mine.py"]


def test_a_copy_of_what_is_not_there(site: Path, tmp_path: Path) -> None:
    install(site, {_plugins.ADAPTERS: {"mine": "broken_no_such:adapter"}})
    with pytest.raises(PluginError, match="there is no module broken_no_such"):
        adapter_plugins.copy_into(tmp_path / "env", adapter_plugins.adapter_plugins())
