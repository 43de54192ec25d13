"""meson-python, and what is compiled against: real builds by the command line."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crosshook.pythons.description import extension_suffixes
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import running_python
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

CopyProject = Callable[[str], Path]

VERSION = "{}.{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"

runs_on_the_target = pytest.mark.skipif(
    sys.platform != "linux" or VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
    reason=f"needs QEMU, Wine, and Python {VERSION} for other platforms",
)


def told(wheel: Path) -> dict[str, Any]:
    """What the build was told of the target, which the fixture writes into a module."""
    values: dict[str, Any] = {}
    with zipfile.ZipFile(wheel) as archive:
        exec(archive.read("meson_told.py").decode(), values)
    return values


def pinned(project: Path, meson: str) -> Path:
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    assert "meson>=1.4" in text
    file.write_text(text.replace("meson>=1.4", f"meson=={meson}"), encoding="utf-8")
    return project


@pytest.mark.parametrize("meson", ["1.6.1", "1.12.1"])
def test_what_the_build_is_told(
    crosshook: CommandLine, copy_project: CopyProject, meson: str
) -> None:
    """With a Meson that reads build-details.json, and with one that does not."""
    targets = (AARCH64, "win_arm64", "macosx_11_0_arm64")
    options = [word for tag in targets for word in ("--target", tag)]
    project = pinned(copy_project("meson"), meson)
    done = crosshook("--adapt", "--require-native", *options, project)
    assert done.code == 0, done.err
    for tag, wheel in zip(targets, done.wheels, strict=True):
        platform = parse_platform(tag, source="test")
        suffix = extension_suffixes(platform, running_python())[0]
        assert wheel.name.endswith(f"-{tag}.whl")
        said = told(wheel)
        assert said["RUN"][:2] == [platform.sysconfig_platform, suffix]
        assert platform.row.plain_tag in said["RUN"][2]
        assert said["SUFFIX"] == suffix
        family = platform.row.processor.meson_cpu_family
        assert said["MACHINE"] == f"{platform.system.meson.system} {family}"
        assert said["LONG_DOUBLE"] == platform.row.long_double
        assert said["LONG"] == (4 if platform.system.name == "windows" else 8)
        with zipfile.ZipFile(wheel) as archive:
            assert f"meson_ext{suffix}" in archive.namelist()


def test_the_users_cross_file_wins(
    crosshook: CommandLine, copy_project: CopyProject, tmp_path: Path
) -> None:
    own = tmp_path / "own.ini"
    own.write_text(
        "[properties]\nasked_for = 'this'\nlongdouble_format = 'mine'\n\n"
        "[built-in options]\nc_args = ['-DPY_SSIZE_T_CLEAN']\n",
        encoding="utf-8",
    )
    done = crosshook(
        *("--adapt", "--target", AARCH64, "-C", f"setup-args=--cross-file={own}"),
        copy_project("meson"),
    )
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    said = told(wheel)
    assert (said["PROPERTY"], said["LONG_DOUBLE"]) == ("this", "mine")
    assert said["MACHINE"] == "linux aarch64"


def test_what_a_run_on_the_target_would_tell(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    project = copy_project("meson")
    file = project / "meson.build"
    # Within reach of the property that it asks for first.
    file.write_text(
        file.read_text(encoding="utf-8")
        + "meson.get_compiler('c').run('int main(void) { return 0; }')\n",
        encoding="utf-8",
    )
    done = crosshook("--adapt", "--target", "win_arm64", project)
    assert done.code == 1
    assert "property longdouble_format: the build asks what only a program run" in done.err
    assert not list((project / "dist").iterdir())


@runs_on_the_target
def test_an_emulator_for_the_build(crosshook: CommandLine, copy_project: CopyProject) -> None:
    """A Python that was unpacked with its libc lets programs be run that Meson compiles."""
    project = copy_project("meson")
    file = project / "meson.build"
    file.write_text(
        file.read_text(encoding="utf-8")
        + "ran = meson.get_compiler('c').run('int main(void) { return 42; }')\n"
        + "assert(ran.returncode() == 42)\n",
        encoding="utf-8",
    )
    done = crosshook(
        *("--adapt", "--target", AARCH64, "--target-python", target_python(AARCH64, VERSION)),
        project,
    )
    assert done.code == 0, done.err
    assert told(done.wheels[0])["RUNS"] is True


@runs_on_the_target
def test_contourpy(crosshook: CommandLine, tmp_path: Path) -> None:
    code = "import contourpy as c; print(c.contour_generator(z=[[0, 1], [2, 3]]).lines(1.5))"
    done = crosshook(
        *("--adapt", "--require-native", "-v", "--target", AARCH64, "--outdir", tmp_path),
        *("--target-python", target_python(AARCH64, VERSION)),
        *("--test-command", f"python -c '{code}'", "contourpy==1.3.2"),
    )
    assert done.code == 0, done.err
    assert "pybind11==" in done.err
    assert "target-packages/pybind11/" in done.err
    assert "[1.  , 0.25]" in done.err
    (wheel,) = done.wheels
    digits = VERSION.replace(".", "")
    assert wheel.name == f"contourpy-1.3.2-cp{digits}-cp{digits}-{AARCH64}.whl"


LONG_DOUBLE = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#ifdef __cplusplus
#include <cmath>
using std::fmod;
using std::modf;
#else
#define fmod fmodl
#define modf modfl
#endif

static PyObject *answers(PyObject *self, PyObject *args)
{
    double given;
    long double whole;
    if (!PyArg_ParseTuple(args, "d", &given)) {
        return NULL;
    }
    long double number = given;
    long double left = modf(number, &whole);
    return Py_BuildValue(
        "idddd", (int)sizeof number, (double)fmod(number, 2.0L), (double)left, (double)whole,
        (double)powl(number, 2.0L));
}

static PyMethodDef methods[] = {{"answers", answers, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", NULL, -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""


@runs_on_the_target
def test_functions_of_numpys_long_double_on_windows(crosshook: CommandLine, tmp_path: Path) -> None:
    """With MinGW-w64's own they crash. A project of NumPy's name is compiled as NumPy is."""
    project = tmp_path / "numpy"
    project.mkdir()
    build = (
        "project('numpy', 'c', 'cpp', version: '1.0')\npy = import('python').find_installation()\n"
    )
    for name, ending in (("of_c", "c"), ("of_cxx", "cpp")):
        (project / f"{name}.{ending}").write_text(LONG_DOUBLE.replace("NAME", name))
        build += f"py.extension_module('{name}', '{name}.{ending}', install: true)\n"
    (project / "meson.build").write_text(build)
    (project / "pyproject.toml").write_text(
        '[project]\nname = "numpy"\nversion = "1.0"\n'
        '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
    )
    code = "import of_c, of_cxx; print(of_c.answers(5.5), of_cxx.answers(5.5))"
    done = crosshook(
        *("--adapt", "--require-native", "-v", "--target", "win_amd64", "--outdir", tmp_path),
        *("--target-python", target_python("win_amd64", VERSION)),
        *("--test-command", f'python -c "{code}"', project),
    )
    assert done.code == 0, done.err
    expected = "(8, 1.5, 0.5, 5.0, 30.25)"
    assert f"{expected} {expected}" in done.err


@runs_on_the_target
def test_setuptools_and_the_headers_of_numpy(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    """``long`` has 4 bytes on Windows, and the C code checks NumPy's headers against that."""
    code = "import numpy, sum_ext; assert sum_ext.size(numpy.zeros((2, 3))) == 6; print('ran')"
    done = crosshook(
        *("--adapt", "--require-native", "-v", "--target", "win_arm64", "--target", AARCH64),
        *("--target-python", target_python(AARCH64, VERSION)),
        *("--test-command", f'python -c "{code}"', copy_project("numpy_headers")),
    )
    assert done.code == 0, done.err
    assert len(done.wheels) == 2
    assert f"{AARCH64}, Python {VERSION}: ran" in done.err.splitlines()


FINDS = """
project('finds', 'c', 'cpp', version: '1.0')
py = import('python').find_installation(pure: false)
numpy = dependency('numpy', method: 'config-tool')
pybind11 = dependency('pybind11', method: 'config-tool')
ask = 'import nanobind, numpy; print(numpy.get_include(), nanobind.source_dir())'
message('numpy-config', numpy.get_variable(configtool: 'cflags'))
message('pybind11-config', pybind11.get_variable(configtool: 'includes'))
message('python', run_command(py, '-c', ask, check: true).stdout())
if find_program('pkg-config', required: false).found()
  message('pkg-config', dependency('numpy', method: 'pkg-config').get_variable('includedir'))
endif
error('enough')
"""


def test_where_packages_are_found(crosshook: CommandLine, tmp_path: Path) -> None:
    """By each of the ways that a meson.build may ask."""
    (tmp_path / "meson.build").write_text(FINDS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["meson-python", "numpy", "pybind11", "nanobind"]\n'
        'build-backend = "mesonpy"\n\n[project]\nname = "finds"\nversion = "1.0"\n',
        encoding="utf-8",
    )
    done = crosshook("-v", "--adapt", "--target", "win_arm64", tmp_path)
    assert "Problem encountered: enough" in done.err, done.err
    lines = [line for line in done.err.splitlines() if "Message: " in line]
    found = re.findall(r"Message: (\S+) (.*)", "\n".join(lines))
    packages = r"\S*/target-packages"
    expected = {
        "numpy-config": f"-I{packages}/numpy/_core/include",
        "pybind11-config": rf"-I\S+-win_arm64-\w+/include -I{packages}/pybind11/include",
        "python": f"{packages}/numpy/_core/include {packages}/nanobind/src",
        "pkg-config": rf"{packages}/numpy/_core/lib/pkgconfig/\.\./\.\./include",
    }
    assert len(found) >= 3
    for name, said in found:
        assert re.fullmatch(expected[name], said.strip()), (name, said)


def test_no_wheel_to_compile_against(crosshook: CommandLine, copy_project: CopyProject) -> None:
    done = crosshook("--adapt", "--target", "linux_s390x", copy_project("numpy_headers"))
    assert done.code == 1
    assert "no wheel for linux, s390x" in done.err
