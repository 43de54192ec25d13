"""The meson-python adapter: the files that Meson reads, and a plan. No compiler is run."""

from __future__ import annotations

import configparser
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters import Answer, find_adapter, meson_python
from crosshook.adapters._meson import machine_file, meson_command, meson_version, unanswered
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.errors import UnsupportedTarget
from crosshook.project import Backend, Project, read_project
from crosshook.target import Target
from crosshook.target.systems import ROWS
from tests.conftest import MakeTarget, gcc_toolchain, py

PROJECT = Project(root=Path("project"), requires=("meson-python",), backend=Backend(name="mesonpy"))
MACHINE = BuildMachine(
    system="linux", environ={}, python_version=py("3.13"), python="/env/bin/python"
)
DETAILS = f"{SCRATCH}/build-details.json"


def plan(
    target: Target, project: Project = PROJECT, *, meson: str | None = "1.12.1", **machine: Any
) -> Plan:
    adapter, here = meson_python.MesonPython(), replace(MACHINE, **machine)
    (question,) = adapter.probes(target, project, here)
    answer = Answer(code=None) if meson is None else Answer(code=0, output=f"{meson}\n")
    return adapter.plan(target, project, replace(here, answers={question: answer}))


def read(text: str) -> dict[str, dict[str, Any]]:
    """A machine file, as Meson reads it: its values are Python's but for the booleans."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    names = {"true": True, "false": False}
    return {
        section: {key: eval(value, names) for key, value in parser[section].items()}
        for section in parser.sections()
    }


def cross_file(made: Plan) -> dict[str, dict[str, Any]]:
    return read(made.files["cross.ini"])


def test_a_whole_plan(make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64")
    made = plan(target)
    assert cross_file(made) == {
        "binaries": {
            "c": ["/tools/cc"],
            "cpp": ["/tools/c++"],
            "ar": ["/tools/ar"],
            "python": "/env/bin/python",
            "pkg-config": "pkg-config",
            "numpy-config": "numpy-config",
            "pybind11-config": "pybind11-config",
        },
        "host_machine": {
            "system": "linux",
            "subsystem": "linux",
            "kernel": "linux",
            "cpu_family": "aarch64",
            "cpu": "aarch64",
            "endian": "little",
        },
        "properties": {
            "needs_exe_wrapper": True,
            "pkg_config_libdir": [f"{SCRATCH}/pkgconfig"],
            "longdouble_format": "IEEE_QUAD_LE",
        },
        "built-in options": {
            "c_link_args": ["-s"],
            "cpp_link_args": ["-s"],
            "python.build_config": DETAILS,
        },
    }
    assert made == Plan(
        files=made.files,
        config_settings={
            "setup-args": [f"--cross-file={SCRATCH}/cross.ini"],
            "build-dir": f"{SCRATCH}/build",
        },
        wheel_platform="manylinux_2_28_aarch64",
        project_sees_target=True,
    )
    assert set(made.files) == {"cross.ini", "build-details.json"}


def test_a_meson_that_the_project_brings(make_target: MakeTarget, tmp_path: Path) -> None:
    """It is no code of the project's: it runs here."""
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "mesonpy"\n'
        "[tool.meson-python]\nmeson = 'vendored/meson.py'\n"
    )
    made = plan(make_target("win_arm64"), project=read_project(tmp_path))
    assert made.project_sees_target
    assert made.tools_in_project == (str(tmp_path / "vendored"),)


def test_the_users_arguments_come_after_ours(make_target: MakeTarget) -> None:
    made = plan(make_target("win_arm64"))
    ours = made.config_settings["setup-args"]
    settings = made.settings_with({"setup-args": "--cross-file=mine.ini", "compile-args": ["-j1"]})
    assert settings["setup-args"] == [*ours, "--cross-file=mine.ini"]
    assert settings["compile-args"] == ["-j1"]
    two = made.settings_with({"setup-args": ["-Da=b", "-Dc=d"]})
    assert two["setup-args"] == [*ours, "-Da=b", "-Dc=d"]


@pytest.mark.parametrize("key", ["build-dir", "builddir"])
def test_a_build_directory_of_the_users(make_target: MakeTarget, key: str) -> None:
    """meson-python spells the key in two ways, and takes one."""
    settings = plan(make_target("win_arm64")).settings_with({key: "/mine"})
    assert {k: v for k, v in settings.items() if k != "setup-args"} == {key: "/mine"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
def test_every_platform_is_described(make_target: MakeTarget, row: Any) -> None:
    found = cross_file(plan(make_target(row.plain_tag)))
    machine = found["host_machine"]
    assert machine["system"] == row.system.meson.system
    assert machine["endian"] == ("big" if row.arch == "s390x" else "little")
    assert found["properties"]["longdouble_format"].endswith(
        "_BE" if row.arch == "s390x" else "_LE"
    )


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("linux_x86_64", "INTEL_EXTENDED_16_BYTES_LE"),
        ("linux_i686", "INTEL_EXTENDED_12_BYTES_LE"),
        ("linux_armv7l", "IEEE_DOUBLE_LE"),
        ("linux_ppc64le", "IBM_DOUBLE_DOUBLE_LE"),
        ("musllinux_1_2_ppc64le", "IEEE_DOUBLE_LE"),
        ("musllinux_1_2_aarch64", "IEEE_QUAD_LE"),
        ("linux_s390x", "IEEE_QUAD_BE"),
        ("win_amd64", "IEEE_DOUBLE_LE"),
        ("macosx_11_0_arm64", "IEEE_DOUBLE_LE"),
        ("macosx_10_9_x86_64", "INTEL_EXTENDED_16_BYTES_LE"),
    ],
)
def test_long_double(make_target: MakeTarget, tag: str, kind: str) -> None:
    assert cross_file(plan(make_target(tag)))["properties"]["longdouble_format"] == kind


class TestBuildDetails:
    def details(self, target: Target, **machine: Any) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(plan(target, **machine).files["build-details.json"])
        return made

    def test_what_meson_takes_for_mandatory(self, make_target: MakeTarget) -> None:
        target = make_target("manylinux_2_28_aarch64")
        bare = {k: v for k, v in target.python.items() if k not in ("abi", "libpython")}
        suffix = ".cpython-313-aarch64-linux-gnu.so"
        python = {**bare, "suffixes": {"extensions": [suffix, ".abi3.so", ".so"]}}
        found = self.details(replace(target, python=python))
        assert found["abi"]["extension_suffix"] == suffix
        assert found["abi"]["stable_abi_suffix"] == suffix
        assert found["libpython"] == {"link_extensions": False}
        assert found["c_api"] == {"headers": "/pythons/include"}

    def test_the_import_libraries_under_both_spellings(self, make_target: MakeTarget) -> None:
        found = self.details(make_target("win_arm64"))["libpython"]
        assert found == {
            "dynamic": "/pythons/libs/python313.lib",
            "dynamic_stableabi": "/pythons/libs/python3.lib",
            "dynamic-stableabi": "/pythons/libs/python3.lib",
            "link_extensions": True,
        }

    @pytest.mark.parametrize(
        ("tag", "meson"),
        [("win_arm64", "1.9.2"), ("win_arm64", None), ("macosx_11_0_arm64", "1.12.1")],
    )
    def test_where_meson_does_not_read_them(
        self, make_target: MakeTarget, tag: str, meson: str | None
    ) -> None:
        made = plan(make_target(tag), meson=meson)
        assert set(made.files) == {"cross.ini"}
        options = cross_file(made)["built-in options"]
        assert "python.build_config" not in options
        library = ["/pythons/libs/python313.lib"] if tag == "win_arm64" else []
        assert options["c_link_args"] == options["cpp_link_args"] == ["-s", *library]


def test_defines_that_meson_leaves_out_of_cross_builds(make_target: MakeTarget) -> None:
    def defines(tag: str, version: str) -> list[str]:
        target = make_target(tag, version)
        found = cross_file(plan(target, python_version=py(version)))["binaries"]
        assert found["c"][1:] == found["cpp"][1:]
        return list(found["c"][1:])

    assert defines("win_amd64", "3.13") == []
    assert defines("win_amd64", "3.11") == ["-DMS_WIN64"]
    assert defines("win32", "3.11") == []
    assert defines("win_arm64", "3.13t") == ["-DPy_GIL_DISABLED=1"]
    assert defines("linux_aarch64", "3.13t") == []


def test_numpys_long_double_is_that_of_msvc(make_target: MakeTarget) -> None:
    numpy = replace(PROJECT, name="numpy")

    def arguments(tag: str, project: Project) -> list[str]:
        made = plan(make_target(tag), project)
        found = cross_file(made)["binaries"]
        assert found["c"][1:] == found["cpp"][1:]
        assert ("long-double.h" in made.files) == bool(found["c"][1:])
        return list(found["c"][1:])

    header = f"{SCRATCH}/long-double.h"
    assert arguments("win_amd64", numpy) == ["-mlong-double-64", "-include", header]
    assert arguments("win32", numpy) == ["-mlong-double-64", "-include", header]
    assert arguments("win_arm64", numpy) == []
    assert arguments("win_amd64", PROJECT) == []
    assert arguments("linux_aarch64", numpy) == []


def test_the_users_linker_flags_are_kept(make_target: MakeTarget) -> None:
    """Meson reads LDFLAGS, and not where the cross file has options for the linker."""
    made = plan(make_target("linux_aarch64"), environ={"LDFLAGS": "-L/x -Wl,-z,now"})
    assert cross_file(made)["built-in options"]["c_link_args"] == ["-L/x", "-Wl,-z,now", "-s"]


def test_packages_for_the_target_are_found_by_pkg_config(make_target: MakeTarget) -> None:
    target = replace(make_target("linux_aarch64"), target_packages="/packages")
    made = plan(target, environ={"PKG_CONFIG_LIBDIR": f"/mine{os.pathsep}"})
    assert cross_file(made)["properties"]["pkg_config_libdir"] == [
        "/mine",
        "/packages/numpy/_core/lib/pkgconfig",
        "/packages/pybind11/share/pkgconfig",
        f"{SCRATCH}/pkgconfig",
    ]


def test_compilers_of_the_build_machine(make_target: MakeTarget) -> None:
    target = replace(make_target("linux_aarch64"), build_toolchain=gcc_toolchain())
    made = plan(target)
    assert read(made.files["native.ini"]) == {
        "binaries": {"c": ["/tools/cc"], "cpp": ["/tools/c++"], "ar": ["/tools/ar"]}
    }
    assert made.config_settings["setup-args"] == [
        f"--cross-file={SCRATCH}/cross.ini",
        f"--native-file={SCRATCH}/native.ini",
    ]


def test_a_cross_file_of_the_toolchains(make_target: MakeTarget) -> None:
    toolchain = replace(
        gcc_toolchain(),
        commands={**gcc_toolchain().commands, "fc": ("/tools/fortran",)},
        cross_files={"meson": "/tools/cross.ini"},
    )
    made = plan(make_target("linux_aarch64", toolchain=toolchain))
    assert made.config_settings["setup-args"] == [
        f"--cross-file={SCRATCH}/cross.ini",
        "--cross-file=/tools/cross.ini",
    ]
    assert cross_file(made)["binaries"]["fortran"] == ["/tools/fortran"]


def test_an_emulator(make_target: MakeTarget) -> None:
    found = cross_file(plan(make_target("linux_aarch64"), runner=("qemu", "-L", "/root")))
    assert found["binaries"]["exe_wrapper"] == ["qemu", "-L", "/root"]


def test_macos(make_target: MakeTarget) -> None:
    made = plan(make_target("macosx_11_0_arm64"))
    assert cross_file(made)["host_machine"]["subsystem"] == "macos"


class TestRefusals:
    def refusal(self, target: Target, **machine: Any) -> str:
        with pytest.raises(UnsupportedTarget) as caught:
            plan(target, **machine)
        return caught.value.message

    def test_no_compiler(self, make_target: MakeTarget) -> None:
        target = replace(make_target("win_arm64"), toolchain=None)
        assert "target.toolchain: missing" in self.refusal(target)

    def test_no_suffix(self, make_target: MakeTarget) -> None:
        target = make_target("win_arm64")
        bare = {k: v for k, v in target.python.items() if k not in ("abi", "suffixes")}
        message = self.refusal(replace(target, python=bare))
        assert message.startswith("target.python.abi.extension_suffix: missing")

    def test_a_backend_that_runs_in_another_version(self, make_target: MakeTarget) -> None:
        message = self.refusal(make_target("win_arm64", "3.12"))
        assert "the Python that runs it, 3.13, and the target's is 3.12" in message

    def test_an_old_meson(self, make_target: MakeTarget) -> None:
        zig = replace(gcc_toolchain(), name="zig 0.17.0")
        message = self.refusal(make_target("win_arm64", toolchain=zig), meson="1.5.2")
        assert message == "project: Meson 1.5.2 does not know zig's linker"
        assert plan(make_target("win_arm64", toolchain=zig), meson="1.6.0").files
        assert plan(make_target("win_arm64"), meson="1.3.0").files


@pytest.mark.parametrize(
    ("backend", "requires", "expected"),
    [
        (Backend(name="mesonpy"), (), True),
        (Backend(name="backend", path=("_build",)), ("Meson_Python>=0.15",), True),
        (Backend(name="backend", path=("_build",)), ("flit_core",), False),
        (Backend(name="flit_core.buildapi"), ("meson-python",), False),
    ],
)
def test_what_it_is_for(backend: Backend, requires: tuple[str, ...], expected: bool) -> None:
    project = Project(root=Path("project"), requires=requires, backend=backend)
    assert (find_adapter(project).name == "meson-python") is expected
    assert meson_python.MesonPython().recognises(project) is expected


def test_quotes_and_backslashes_in_a_machine_file() -> None:
    text = machine_file({"binaries": {"c": ["it's", "C:\\tools\\cc"]}, "empty": {}})
    assert text == "[binaries]\nc = ['it\\'s', 'C:\\\\tools\\\\cc']\n"
    assert read(text) == {"binaries": {"c": ["it's", "C:\\tools\\cc"]}}


class TestWhichMeson:
    def command(self, environ: dict[str, str], tools: dict[str, Any]) -> tuple[str, ...]:
        project = replace(PROJECT, tools=tools)
        return meson_command(project, replace(MACHINE, environ=environ))

    def test_in_the_project(self) -> None:
        tools = {"meson-python": {"meson": "vendored/meson.py"}}
        assert self.command({}, tools) == ("/env/bin/python", "vendored/meson.py")

    def test_named_by_the_environment(self) -> None:
        tools = {"meson-python": {"meson": "vendored/meson.py"}}
        assert self.command({"MESON": "/own/meson"}, tools) == ("/own/meson",)
        assert self.command({"MESON": "own.py"}, {}) == ("/env/bin/python", "own.py")

    @pytest.mark.parametrize("tools", [{}, {"meson-python": {"meson": 3}}, {"meson-python": 3}])
    def test_installed(self, tools: dict[str, Any]) -> None:
        assert self.command({}, tools) == ("meson",)

    def test_its_version(self) -> None:
        assert meson_version(Answer(code=0, output="1.8.3\n")) == "1.8.3"
        assert meson_version(Answer(code=0, output="a warning\n1.9.0.rc1\n")) == "1.9.0.rc1"
        assert meson_version(Answer(code=0, output="no version")) is None
        assert meson_version(Answer(code=1, output="1.8.3\n")) is None
        assert meson_version(Answer(code=None)) is None


class TestUnanswered:
    SOURCE = (
        "fmt = meson.get_external_property('longdouble_format', 'UNKNOWN')\n"
        "if fmt == 'UNKNOWN'\n"
        "  fmt = meson.get_compiler('c').run('int main(void) { return 0; }').stdout()\n"
        "endif\n"
    )

    def log(self, tmp_path: Path, message: str) -> str:
        source = tmp_path / "source"
        (source / "core").mkdir(parents=True)
        (source / "core" / "meson.build").write_text(self.SOURCE, encoding="utf-8")
        log = tmp_path / "build" / "meson-logs" / "meson-log.txt"
        log.parent.mkdir(parents=True)
        log.write_text(f"Source dir: {source}\n\n{message}\n", encoding="utf-8")
        return str(log)

    def test_it_names_the_property(self, tmp_path: Path) -> None:
        log = self.log(
            tmp_path,
            "../source/core/meson.build:3:30: ERROR: Can not run test applications in this cross "
            "environment.",
        )
        assert list(unanswered(log)) == ["meson.build:3: property longdouble_format"]

    def test_none_is_asked_for(self, tmp_path: Path) -> None:
        log = self.log(
            tmp_path, "other/meson.build:9:1: ERROR: Can not run test applications in this"
        )
        assert list(unanswered(log)) == ["meson.build:9"]

    def test_another_error(self, tmp_path: Path) -> None:
        assert list(unanswered(self.log(tmp_path, "meson.build:1:0: ERROR: no compiler"))) == []

    def test_no_log(self, tmp_path: Path) -> None:
        assert list(unanswered(str(tmp_path / "missing.txt"))) == []

    def test_what_the_user_is_told(self, tmp_path: Path) -> None:
        self.log(tmp_path, "x/meson.build:9:1: ERROR: Can not run test applications in this")
        (said,) = meson_python.MesonPython().explain(PROJECT, Plan(scratch=str(tmp_path)))
        assert said.startswith("meson.build:9: the build asks what only a program run on the ")


def test_no_compiler_for_cxx(make_target: MakeTarget) -> None:
    toolchain = replace(gcc_toolchain(), commands={"cc": ("/tools/cc",)})
    made = plan(make_target("linux_aarch64", toolchain=toolchain))
    assert "cpp" not in cross_file(made)["binaries"]


def test_c_libraries(make_target: MakeTarget, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    target = replace(make_target("linux_aarch64"), libraries=(str(tmp_path),))
    made = plan(target, environ={"LDFLAGS": "-L/x"})
    assert cross_file(made)["built-in options"]["c_link_args"] == [
        "-L/x",
        f"-L{tmp_path}/lib",
        "-s",
    ]
