"""The setuptools adapter: a plan compared with a plan. No compiler is run, on any machine."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crosshook.adapters import environment, find_adapter, setuptools_plugin
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.adapters.setuptools import Setuptools
from crosshook.errors import ProjectError, UnsupportedTarget
from crosshook.project import Backend, Project, Settings
from crosshook.target import Toolchain, parse_target
from tests.conftest import MakeTarget, gcc_toolchain, py

PROJECT = Project(
    root=Path("project"),
    requires=("setuptools>=77",),
    backend=Backend(name="setuptools.build_meta"),
)
SETUPTOOLS = Setuptools()
LINUX = BuildMachine(system="linux", environ={})
WINDOWS = BuildMachine(system="windows", environ={})
MSVC = Toolchain(name="MSVC", argument_syntax="msvc", commands={})

LOG = f"{SCRATCH}/declared-extensions.jsonl"
INFO = "overlay/crosshook_setuptools_plugin-1.dist-info"
PLUGIN = Path(setuptools_plugin.__file__).read_text(encoding="utf-8")


def expected(
    *, environ: dict[str, str], config: str, link: str | None = None, stable: str | None = None
) -> Plan:
    """A whole plan: what every target has in common, and what differs."""
    settings = {
        "link_objects": [link] if link else [],
        "stable_abi_link_objects": [stable] if stable else [],
        "define_macros": [],
        "link_args": [],
        "windows_files": link is not None,
        "include_dirs": [],
        "library_dirs": [],
        "log": "../declared-extensions.jsonl",
    }
    return Plan(
        environ={
            "DIST_EXTRA_CONFIG": f"{SCRATCH}/setuptools.cfg",
            "SETUPTOOLS_USE_DISTUTILS": "local",
            **environ,
        },
        python_path=(f"{SCRATCH}/overlay",),
        files={
            "setuptools.cfg": config,
            "overlay/_crosshook_setuptools_plugin.py": PLUGIN,
            "overlay/_crosshook_setuptools_plugin.json": json.dumps(settings),
            f"{INFO}/METADATA": (
                "Metadata-Version: 2.1\nName: crosshook-setuptools-plugin\nVersion: 1\n"
            ),
            f"{INFO}/entry_points.txt": (
                "[setuptools.finalize_distribution_options]\n"
                "crosshook = _crosshook_setuptools_plugin:finalize\n"
            ),
        },
        project_sees_target=True,
        declared_extensions=LOG,
    )


def options(plan: Plan) -> dict[str, dict[str, str]]:
    """The sections of the configuration file, read as distutils reads them."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(plan.files["setuptools.cfg"])
    return {section: dict(parser[section]) for section in parser.sections()}


def test_windows_from_linux(make_target: MakeTarget) -> None:
    unused = f"-Xlinker --out-implib -Xlinker '{SCRATCH}/unused-import-library.lib'"
    assert SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, LINUX) == expected(
        environ={
            "LDSHARED": f"'{SCRATCH}/bin/cc' -shared -s {unused}",
            "LDCXXSHARED": f"'{SCRATCH}/bin/cxx' -shared -s {unused}",
        },
        config=f"[build]\nbuild_base = {SCRATCH}/build\n\n[bdist]\nplat_name = win-arm64\n\n",
        link="/pythons/libs/python313.lib",
        stable="/pythons/libs/python3.lib",
    )


@pytest.mark.parametrize("tag", ["manylinux_2_28_aarch64", "manylinux_2_17_x86_64"])
def test_manylinux_from_linux(make_target: MakeTarget, tag: str) -> None:
    assert SETUPTOOLS.plan(make_target(tag), PROJECT, LINUX) == expected(
        environ={
            "LDSHARED": "/tools/cc -shared -s",
            "LDCXXSHARED": "/tools/c++ -shared -s",
        },
        config=f"[build]\nbuild_base = {SCRATCH}/build\n\n[bdist]\nplat_name = {tag}\n\n",
    )


def test_gcc_like_tools_on_windows_are_named_to_setuptools(make_target: MakeTarget) -> None:
    """Otherwise it would look for MSVC; the rest is the same on every build machine."""
    target = make_target("manylinux_2_28_aarch64")
    on_windows = SETUPTOOLS.plan(target, PROJECT, WINDOWS)
    on_linux = SETUPTOOLS.plan(target, PROJECT, LINUX)
    assert options(on_windows)["build"] == {
        "build_base": f"{SCRATCH}/build",
        "compiler": "unix",
    }
    config = {"setuptools.cfg": on_linux.files["setuptools.cfg"]}
    assert replace(on_windows, files={**on_windows.files, **config}) == on_linux


@pytest.mark.parametrize(
    ("tag", "plat_name", "arch"),
    [
        ("win32", "win32", "x86"),
        ("win_amd64", "win-amd64", "x64"),
        ("win_arm64", "win-arm64", "arm64"),
    ],
)
@pytest.mark.parametrize("variable", [None, "", "the right one"])
def test_msvc_as_cibuildwheel_has_it(
    make_target: MakeTarget, tag: str, plat_name: str, arch: str, variable: str | None
) -> None:
    """What ``setup_setuptools_cross_compile`` of cibuildwheel's ``windows.py`` sets, is set.

    One difference is intended: the platform of the wheel is under ``[bdist]``, which only wheels
    with extension modules take it from. Under ``[bdist_wheel]`` a pure project would be tagged for
    the platform, and not ``py3-none-any``.

    Two are additions: the build directory is not the source tree's, and the headers are the
    target's, where cibuildwheel has those of the Python that runs.
    """
    environ = {} if variable is None else {"VSCMD_ARG_TGT_ARCH": variable and arch}
    machine = replace(WINDOWS, environ=environ)
    plan = SETUPTOOLS.plan(make_target(tag, toolchain=MSVC), PROJECT, machine)
    assert plan == expected(
        environ={
            "VSCMD_ARG_TGT_ARCH": arch,
        },
        config=(
            f"[build]\nplat_name = {plat_name}\nbuild_base = {SCRATCH}/build\n\n"
            f"[build_ext]\nplat_name = {plat_name}\nlibrary_dirs = /pythons/libs\n"
            "include_dirs = /pythons/include\n\n"
            f"[bdist]\nplat_name = {plat_name}\n\n"
        ),
    )
    theirs = {
        "build": {"plat_name": plat_name},
        "build_ext": {"library_dirs": "/pythons/libs", "plat_name": plat_name},
        "bdist_wheel": {"plat_name": plat_name},
    }
    theirs["bdist"] = theirs.pop("bdist_wheel")
    additions = {"build": {"build_base"}, "build_ext": {"include_dirs"}}
    for section, settings in options(plan).items():
        kept = {k: v for k, v in settings.items() if k not in additions.get(section, ())}
        assert kept == theirs.pop(section)
    assert theirs == {}


def test_msvc_for_another_machine_is_in_the_environment(make_target: MakeTarget) -> None:
    machine = replace(WINDOWS, environ={"VSCMD_ARG_TGT_ARCH": "x64"})
    with pytest.raises(UnsupportedTarget) as caught:
        SETUPTOOLS.plan(make_target("win_arm64", toolchain=MSVC), PROJECT, machine)
    assert caught.value.message == (
        "VSCMD_ARG_TGT_ARCH: 'x64' in the environment, 'arm64' is needed for win_arm64"
    )
    assert "vcvarsall.bat for arm64" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("tag", "system"),
    [("win_arm64", "linux"), ("win_arm64", "darwin"), ("manylinux_2_28_x86_64", "windows")],
)
def test_msvc_where_there_is_none(make_target: MakeTarget, tag: str, system: str) -> None:
    with pytest.raises(UnsupportedTarget, match=f"MSVC does not build for {tag} on {system}"):
        SETUPTOOLS.plan(
            make_target(tag, toolchain=MSVC), PROJECT, BuildMachine(system=system, environ={})
        )


def test_a_suffix_in_the_environment(make_target: MakeTarget) -> None:
    suffix = ".cpython-313-x86_64-linux-gnu.so"
    machine = replace(LINUX, environ={"SETUPTOOLS_EXT_SUFFIX": suffix})
    with pytest.raises(UnsupportedTarget) as caught:
        SETUPTOOLS.plan(make_target("linux_aarch64"), PROJECT, machine)
    assert caught.value.message.startswith(
        "SETUPTOOLS_EXT_SUFFIX: '.cpython-313-x86_64-linux-gnu.so'"
    )
    right = replace(LINUX, environ={"SETUPTOOLS_EXT_SUFFIX": ".abi3.so"})
    SETUPTOOLS.plan(make_target("linux_aarch64"), PROJECT, right)


def test_no_toolchain(make_target: MakeTarget) -> None:
    target = replace(make_target("win_arm64"), toolchain=None)
    with pytest.raises(UnsupportedTarget) as caught:
        SETUPTOOLS.plan(target, PROJECT, LINUX)
    assert caught.value.message.startswith("target.toolchain: missing: ")
    assert "win_arm64" in caught.value.message
    assert "crosshook[cli]" in (caught.value.hint or "")


def test_a_target_that_names_no_suffix(make_target: MakeTarget) -> None:
    data = make_target("win_arm64").to_json()
    data["python"] = {k: v for k, v in data["python"].items() if k not in ("abi", "suffixes")}
    with pytest.raises(UnsupportedTarget, match="extension_suffix"):
        SETUPTOOLS.plan(parse_target(data), PROJECT, LINUX)


@pytest.mark.parametrize("sees", ["target", "build"])
def test_what_the_project_sees(make_target: MakeTarget, sees: str) -> None:
    project = replace(PROJECT, settings=Settings(project_sees=sees))
    plan = SETUPTOOLS.plan(make_target("win_arm64"), project, LINUX)
    assert plan.project_sees_target is (sees == "target")


def test_the_users_configuration_is_kept_and_wins(make_target: MakeTarget) -> None:
    users = "[build]\nbuild_base = /users\n[build_ext]\ninclude_dirs = /users/Include\n"
    machine = replace(LINUX, extra_config=users + "[Other]\nCamelCase = 100%\n")
    plan = SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, machine)
    assert options(plan) == {
        "build": {"build_base": "/users"},
        "bdist": {"plat_name": "win-arm64"},
        "build_ext": {"include_dirs": "/users/Include"},
        "Other": {"CamelCase": "100%"},
    }
    without = SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, LINUX)
    assert plan.environ == without.environ


def test_an_empty_configuration_of_the_users(make_target: MakeTarget) -> None:
    machine = replace(LINUX, extra_config="")
    target = make_target("win_arm64")
    assert SETUPTOOLS.plan(target, PROJECT, machine) == SETUPTOOLS.plan(target, PROJECT, LINUX)


@pytest.mark.parametrize("text", ["no section\n", "[a]\nb = 1\nb = 2\n", "[a\n"])
def test_a_broken_configuration_of_the_users(make_target: MakeTarget, text: str) -> None:
    machine = replace(LINUX, extra_config=text)
    with pytest.raises(ProjectError, match="DIST_EXTRA_CONFIG"):
        SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, machine)


@pytest.mark.parametrize("variable", ["LDSHARED", "LDCXXSHARED"])
def test_the_users_linker_wins(make_target: MakeTarget, variable: str) -> None:
    machine = replace(LINUX, environ={variable: "my-linker", "CC": "ignored"})
    target = make_target("win_arm64")
    plan = SETUPTOOLS.plan(target, PROJECT, machine)
    without = SETUPTOOLS.plan(target, PROJECT, LINUX)
    assert plan.environ == {k: v for k, v in without.environ.items() if k != variable}


def test_no_cxx_compiler(make_target: MakeTarget) -> None:
    toolchain = replace(gcc_toolchain(), commands={"cc": ("cc",)}, environ={})
    target = make_target("manylinux_2_28_aarch64", toolchain=toolchain)
    environ = SETUPTOOLS.plan(target, PROJECT, LINUX).environ
    assert {k: v for k, v in environ.items() if k.endswith("SHARED")} == {
        "LDSHARED": "cc -shared -s",
    }


WORDS = (
    "/opt/my tools/cc",
    "it's",
    'say "x"',
    "C:\\Program Files\\cc.exe",
    "back\\slash",
    "$HOME",
    "-DA=(1)",
    "tab\there",
)


def test_quoting_is_undone_by_distutils(make_target: MakeTarget) -> None:
    """distutils takes the variables apart with its own ``split_quoted``, not with ``shlex``."""
    toolchain = replace(gcc_toolchain(), commands={"cc": WORDS, "cxx": WORDS, "ar": WORDS})
    scratch = "/tmp/a b/c"

    def told(tag: str) -> Mapping[str, str]:
        target = make_target(tag, toolchain=toolchain)
        plan = environment.plan(target, PROJECT, LINUX)
        plan = plan.merged(SETUPTOOLS.plan(target, PROJECT, LINUX))
        return plan.with_scratch(scratch).environ

    names = ("CC", "CXX", "AR", "LDSHARED", "LDCXXSHARED")
    environ = told("linux_aarch64")
    linked = [*WORDS, "-shared", "-s"]
    found = split_by_distutils([environ[name] for name in names])
    assert found == [list(WORDS)] * 3 + [linked] * 2
    assert [shlex.split(environ[name]) for name in names] == found
    environ = told("win_arm64")
    found = split_by_distutils([environ[name] for name in names])
    unused = f"{scratch}/unused-import-library.lib"
    link = ["-shared", "-s", "-Xlinker", "--out-implib", "-Xlinker", unused]
    launchers = [[f"{scratch}/bin/cc"], [f"{scratch}/bin/cxx"]]
    assert found == [*launchers, list(WORDS), *([*launcher, *link] for launcher in launchers)]
    assert [shlex.split(environ[name]) for name in names] == found


def test_a_scratch_directory_with_a_quote_in_it(make_target: MakeTarget) -> None:
    plan = SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, LINUX)
    with pytest.raises(ProjectError, match="quote in its name"):
        plan.with_scratch("/tmp/it's")


def split_by_distutils(texts: list[str]) -> Any:
    # In a process of its own: setuptools puts its distutils in place of the standard library's.
    code = (
        "import json, sys\n"
        "from setuptools._distutils.util import split_quoted\n"
        "print(json.dumps([split_quoted(t) for t in json.load(sys.stdin)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-Ic", code],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named 'setuptools'" in done.stderr:
        pytest.skip("setuptools is not installed")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plugin_settings(plan: Plan, scratch: str) -> Any:
    return json.loads(plan.with_scratch(scratch).files["overlay/_crosshook_setuptools_plugin.json"])


def test_the_plugins_settings(make_target: MakeTarget) -> None:
    plan = SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, LINUX)
    assert plugin_settings(plan, "/scratch") == {
        "link_objects": ["/pythons/libs/python313.lib"],
        "stable_abi_link_objects": ["/pythons/libs/python3.lib"],
        "define_macros": [],
        "link_args": [],
        "windows_files": True,
        "include_dirs": [],
        "library_dirs": [],
        "log": "../declared-extensions.jsonl",
    }


def test_libraries_for_the_plugin(make_target: MakeTarget, tmp_path: Path) -> None:
    for name in ("include", "lib"):
        (tmp_path / name).mkdir()
    target = replace(make_target("win_arm64"), libraries=(str(tmp_path),))
    settings = plugin_settings(SETUPTOOLS.plan(target, PROJECT, LINUX), "/scratch")
    assert settings["include_dirs"] == [f"{tmp_path}/include"]
    assert settings["library_dirs"] == [f"{tmp_path}/lib"]


def test_the_plugins_settings_are_json_wherever_they_are(make_target: MakeTarget) -> None:
    plan = SETUPTOOLS.plan(make_target("win_arm64", toolchain=MSVC), PROJECT, WINDOWS)
    assert plugin_settings(plan, "C:\\Users\\me\\Temp") == plugin_settings(plan, "/tmp")


def test_the_plan_is_a_pure_function(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    before = target.to_json()
    assert SETUPTOOLS.plan(target, PROJECT, LINUX) == SETUPTOOLS.plan(target, PROJECT, LINUX)
    assert target.to_json() == before


@pytest.mark.parametrize(
    ("name", "path", "requires", "known"),
    [
        ("setuptools.build_meta", (), (), True),
        ("setuptools.build_meta:__legacy__", (), (), True),
        ("backend", (".",), ("setuptools",), True),
        ("backend:object", ("_build",), ("Setuptools>=1",), True),
        ("backend", (), ("setuptools",), False),
        ("backend", (".",), ("hatchling",), False),
        ("hatchling.build", (), ("hatchling",), False),
        ("setuptools_scm.build", (), ("setuptools",), False),
    ],
)
def test_which_backends_it_speaks_for(
    name: str, path: tuple[str, ...], requires: tuple[str, ...], known: bool
) -> None:
    project = replace(PROJECT, backend=Backend(name=name, path=path), requires=requires)
    assert SETUPTOOLS.recognises(project) is known
    found = find_adapter(project)
    assert found.name == ("setuptools" if known else "generic")


def test_the_project_names_its_adapter() -> None:
    project = replace(
        PROJECT, backend=Backend(name="other"), settings=Settings(adapter="setuptools")
    )
    assert isinstance(find_adapter(project), Setuptools)


def test_the_project_names_an_adapter_that_is_not_there() -> None:
    project = replace(PROJECT, settings=Settings(adapter="setup-tools"))
    with pytest.raises(ProjectError) as caught:
        find_adapter(project)
    assert caught.value.message.endswith("tool.crosshook.adapter: unknown adapter 'setup-tools'")
    assert caught.value.hint == (
        "known: scikit-build-core, setuptools-rust, setuptools, meson-python, maturin, "
        "py-build-cmake, pymsbuild, generic"
    )


def test_free_threaded_windows(make_target: MakeTarget) -> None:
    target = make_target("win_arm64", "3.13t")
    plan = SETUPTOOLS.plan(target, PROJECT, LINUX)
    settings = plugin_settings(plan, "/scratch")
    assert settings["link_objects"] == ["/pythons/libs/python313t.lib"]
    assert settings["stable_abi_link_objects"] == ["/pythons/libs/python313t.lib"]
    assert settings["define_macros"] == [["Py_GIL_DISABLED", "1"]]
    msvc = SETUPTOOLS.plan(replace(target, toolchain=MSVC), PROJECT, WINDOWS)
    settings = plugin_settings(msvc, "/scratch")
    assert settings["link_objects"] == []
    assert settings["define_macros"] == [["Py_GIL_DISABLED", "1"]]


def test_free_threaded_linux_needs_no_macro(make_target: MakeTarget) -> None:
    plan = SETUPTOOLS.plan(make_target("linux_aarch64", "3.13t"), PROJECT, LINUX)
    assert plugin_settings(plan, "/scratch")["define_macros"] == []


@pytest.mark.parametrize(
    ("running", "requires"),
    [
        (None, ()),
        ("3.13", ()),
        ("3.12", ("setuptools>=84.2.1",)),
        ("3.13t", ()),
        ("3.14t", ("setuptools>=84.2.1",)),
    ],
)
def test_another_python_than_the_one_that_runs(
    make_target: MakeTarget, running: str | None, requires: tuple[str, ...]
) -> None:
    machine = replace(LINUX, python_version=py(running) if running else None)
    assert SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, machine).requires == requires


class BuildExt:
    """As distutils' command is on Windows, with another compiler than MSVC."""

    library_dirs: Sequence[str] = ()

    def get_libraries(self, extension: Any) -> list[str]:
        return [*extension.libraries, "python312"]

    def get_ext_filename(self, name: str) -> str:
        return name


class Distribution:
    ext_package = None

    def __init__(self, command: Any, *extensions: Any) -> None:
        self._command = command
        self.ext_modules = extensions

    def get_command_obj(self, name: str) -> Any:
        assert name == "build_ext"
        return self._command


@pytest.fixture
def prepared(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Any], Any]:
    """Return a function that runs the plugin for a target Python, with a build_ext command."""

    def prepare(version: str, command: Any) -> Any:
        plan = SETUPTOOLS.plan(make_target("win_arm64", version), PROJECT, LINUX)
        settings = {**plugin_settings(plan, "/scratch"), "log": str(tmp_path / "log")}
        monkeypatch.setattr(setuptools_plugin, "_settings", lambda: settings)
        extension = SimpleNamespace(
            name="demo",
            sources=["demo.c"],
            extra_objects=None,
            libraries=["z", "python3.13", "python313t"],
            define_macros=[("A", "1")],
            extra_link_args=None,
        )
        setuptools_plugin.prepare(Distribution(command, extension))
        return extension

    return prepare


def test_the_plugin_links_no_other_python(prepared: Callable[[str, Any], Any]) -> None:
    command = BuildExt()
    extension = prepared("3.13", command)
    assert command.get_libraries(extension) == ["z", "python3.13"]
    assert extension.extra_objects == ["/pythons/libs/python313.lib"]


def test_the_plugin_finds_libraries_in_any_case(
    prepared: Callable[[str, Any], Any], tmp_path: Path
) -> None:
    (tmp_path / "libMine.a").touch()
    command = BuildExt()
    extension = prepared("3.13", command)
    extension.libraries, extension.library_dirs = ["Ws2_32", "Mine"], [str(tmp_path)]
    assert command.get_libraries(extension) == ["ws2_32", "Mine"]


def test_the_plugin_defines_macros_once(prepared: Callable[[str, Any], Any]) -> None:
    assert prepared("3.13", BuildExt()).define_macros == [("A", "1")]
    assert prepared("3.13t", BuildExt()).define_macros == [("A", "1"), ("Py_GIL_DISABLED", "1")]


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("a/b.abi3-aarch64-linux-gnu.so", "a/b.abi3.so"),
        ("b.abi3t-powerpc64le-linux-musl.so", "b.abi3t.so"),
        ("b.abi3-darwin.so", "b.abi3.so"),
        ("b.abi3.so", "b.abi3.so"),
        ("b.cpython-315-aarch64-linux-gnu.so", "b.cpython-315-aarch64-linux-gnu.so"),
        ("b.pyd", "b.pyd"),
    ],
)
def test_the_plugin_names_modules_as_older_pythons_do(
    prepared: Callable[[str, Any], Any], named: str, file: str
) -> None:
    command = BuildExt()
    prepared("3.15", command)
    assert command.get_ext_filename(named) == file


def test_the_plugin_notes_what_setuptools_compiles(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What CMake builds for an extension without sources has names that CMake gives."""
    log = tmp_path / "log"
    plan = SETUPTOOLS.plan(make_target("linux_aarch64"), PROJECT, LINUX)
    settings = {**plugin_settings(plan, "/scratch"), "log": str(log)}
    monkeypatch.setattr(setuptools_plugin, "_settings", lambda: settings)
    nothing = {"extra_objects": None, "define_macros": None, "extra_link_args": None}
    extensions = [
        SimpleNamespace(name=name, sources=sources, **nothing)
        for name, sources in (("demo._c", ["c.c"]), ("demo.demo", []))
    ]
    setuptools_plugin.prepare(Distribution(BuildExt(), *extensions))
    assert log.read_text(encoding="utf-8") == '"demo._c"\n'


def test_the_plugin_notes_rust_extensions(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = SETUPTOOLS.plan(make_target("linux_aarch64"), PROJECT, LINUX)
    settings = {**plugin_settings(plan, "/scratch"), "log": str(tmp_path / "log")}
    monkeypatch.setattr(setuptools_plugin, "_settings", lambda: settings)
    dist: Any = Distribution(BuildExt())
    dist.rust_extensions = [
        SimpleNamespace(name="demo._core", binding=SimpleNamespace(name="PyO3")),
        SimpleNamespace(name="demo-program", binding=SimpleNamespace(name="Exec")),
    ]
    setuptools_plugin.prepare(dist)
    assert (tmp_path / "log").read_text(encoding="utf-8") == '"demo._core"\n'


@pytest.mark.parametrize(("limited", "told"), [((True, True), "1"), ((True, False), ""), ((), "")])
def test_what_links_by_itself_is_told_of_the_stable_abi(
    make_target: MakeTarget,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limited: tuple[bool, ...],
    told: str,
) -> None:
    plan = SETUPTOOLS.plan(make_target("win_arm64"), PROJECT, LINUX)
    settings = {**plugin_settings(plan, "/scratch"), "log": str(tmp_path / "log")}
    monkeypatch.setattr(setuptools_plugin, "_settings", lambda: settings)
    monkeypatch.setenv("CROSSHOOK_STABLE_ABI", "")
    nothing = {"sources": (), "extra_objects": None, "define_macros": None, "extra_link_args": None}
    extensions = [SimpleNamespace(name="m", py_limited_api=one, **nothing) for one in limited]
    setuptools_plugin.prepare(Distribution(BuildExt(), *extensions))
    assert os.environ["CROSSHOOK_STABLE_ABI"] == told


def test_a_build_ext_of_the_projects_own(prepared: Callable[[str, Any], Any]) -> None:
    assert prepared("3.13", object()).extra_objects == ["/pythons/libs/python313.lib"]


def test_macos(make_target: MakeTarget) -> None:
    plan = SETUPTOOLS.plan(make_target("macosx_11_0_arm64"), PROJECT, LINUX)
    linker = f"'{SCRATCH}/bin/cc' -shared -s -undefined dynamic_lookup"
    assert plan.environ["LDSHARED"] == linker
    assert plugin_settings(plan, "/scratch")["link_args"] == [
        "-Wl,-install_name,@rpath/{module}.cpython-313-darwin.so"
    ]


@pytest.mark.parametrize("tag", ["musllinux_1_2_x86_64", "manylinux_2_17_s390x"])
def test_other_linux_targets_are_told_as_linux_is(make_target: MakeTarget, tag: str) -> None:
    plan = SETUPTOOLS.plan(make_target(tag), PROJECT, LINUX)
    assert plan.environ["LDSHARED"] == "/tools/cc -shared -s"
    assert f"plat_name = {tag}" in plan.files["setuptools.cfg"]


def test_the_plugin_adds_directories_behind_the_projects() -> None:
    class Command:
        include_dirs: Any = None
        library_dirs: Any = None

        def ensure_finalized(self) -> None:
            self.include_dirs, self.library_dirs = ["/project", "/b"], None

    command = Command()
    settings = {"include_dirs": ["/a", "/b"], "library_dirs": ["/c"]}
    setuptools_plugin._add_directories(command, settings)
    assert command.include_dirs == ["/project", "/b", "/a"]
    assert command.library_dirs == ["/c"]


def test_pypys_tags_need_a_setuptools_that_asks_sysconfig(make_target: MakeTarget) -> None:
    target = make_target("linux_aarch64", "pypy3.11")
    own = BuildMachine(system="linux", environ={}, python_version=py("3.11"))
    assert Setuptools().plan(target, PROJECT, own).requires == ("setuptools>=84.2.1",)
