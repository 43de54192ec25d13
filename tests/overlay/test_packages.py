"""Packages that ask about the platform by themselves, as a build finds them."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook import overlay
from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from crosshook.target import Target
from crosshook.target.python_version import running_python
from tests.conftest import MakeTarget

OWN = str(running_python())


def needs(distribution: str) -> None:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed")


def run(directory: Path, target: Target, code: str, *, sees: bool = True) -> str:
    """Run code in a Python process of a build, as a script of the project; return its output."""
    script = directory / "script.py"
    script.write_text(code)
    with applied.applied(Plan(project_sees_target=sees), target, directory):
        done = subprocess.run(
            [sys.executable, script], cwd=directory, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


WHERE = (
    "import sys\n"
    "def where() -> str:\n"
    "    if sys.platform == 'win32':\n"
    "        return 'on Windows'\n"
    "    else:\n"
    "        return 'elsewhere'\n"
)

COMPILE = (
    "import setuptools, sys\n"
    "from mypyc.build import mypycify\n"
    "extensions = mypycify({options}, target_dir='made')\n"
    "text = open(extensions[0].sources[0]).read()\n"
    "print('on Windows' in text, 'elsewhere' in text)\n"
)


@pytest.mark.parametrize(
    ("tag", "options", "configuration", "compiled"),
    [
        ("win_amd64", ["where.py"], "", "True False"),
        ("linux_aarch64", ["where.py"], "", "False True"),
        ("linux_aarch64", ["--platform=win32", "where.py"], "", "True False"),
        ("linux_aarch64", ["where.py"], "[mypy]\nplatform = win32\n", "True False"),
    ],
)
def test_mypyc_compiles_the_branch_of_the_target(
    make_target: MakeTarget,
    tmp_path: Path,
    tag: str,
    options: list[str],
    configuration: str,
    compiled: str,
) -> None:
    needs("mypy")
    (tmp_path / "where.py").write_text(WHERE)
    (tmp_path / "mypy.ini").write_text(configuration)
    code = COMPILE.format(options=options)
    assert run(tmp_path, make_target(tag, OWN), code, sees=False) == compiled


def test_mypyc_cannot_compile_for_another_version(make_target: MakeTarget, tmp_path: Path) -> None:
    needs("mypy")
    code = (
        "import setuptools\nfrom mypyc.build import mypycify\n"
        "try:\n    mypycify(['where.py'])\n"
        "except SystemExit as error:\n    print(error)\n"
    )
    printed = run(tmp_path, make_target("win_amd64", "3.99"), code)
    assert printed.splitlines() == [
        f"mypyc compiles for the Python that runs it, {running_python().dotted}, and the target's "
        "is 3.99",
        "hint: install Python 3.99 on this machine, for the build to run in",
    ]


def test_c_code_of_another_target_is_not_taken_up(make_target: MakeTarget, tmp_path: Path) -> None:
    needs("cython")
    (tmp_path / "where.pyx").write_text(
        'IF UNAME_SYSNAME == "Windows":\n    where = "on " + UNAME_MACHINE\n'
        'ELSE:\n    where = "elsewhere"\n'
    )
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from Cython.Build import cythonize\n"
        "cythonize('where.pyx', quiet=True, language_level=3)\n"
        "text = open('where.c').read()\n"
        "print('AMD64' in text)\n"
    )
    for tag, told in (("win_amd64", "True"), ("linux_aarch64", "False"), ("win_amd64", "True")):
        assert run(tmp_path, make_target(tag, OWN), code).splitlines()[-1] == told


TAGS = (
    "from packaging.markers import Marker\n"
    "from packaging.tags import platform_tags, sys_tags\n"
    "print(Marker('sys_platform == \"darwin\"').evaluate())\n"
    "print([*platform_tags()][0], next(sys_tags()).interpreter)\n"
)


def test_packaging_answers_the_project_alone(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target("macosx_11_0_arm64", OWN)
    interpreter = f"cp{running_python().nodot}"
    assert run(tmp_path, target, TAGS).split() == ["True", "macosx_11_0_arm64", interpreter]
    told = run(tmp_path, target, TAGS, sees=False).split()[0]
    assert told == str(sys.platform == "darwin")


@pytest.mark.parametrize("tag", ["manylinux_2_28_aarch64", "musllinux_1_2_aarch64"])
def test_tags_of_linux_without_a_libc(make_target: MakeTarget, tmp_path: Path, tag: str) -> None:
    """scikit-build-core, in a hook of hatchling's, names a wheel by the first of these."""
    code = (
        "from packaging.tags import platform_tags, sys_tags\n"
        "print([*platform_tags()][-1])\n"
        "print(next(tag for tag in sys_tags() if 'linux_1' not in tag.platform\n"
        "           and 'manylinux' not in tag.platform))\n"
    )
    cpython = f"cp{running_python().nodot}"
    expected = ["linux_aarch64", f"{cpython}-{cpython}-linux_aarch64"]
    assert run(tmp_path, make_target(tag, OWN), code).split() == expected


def test_copies_of_packaging_answer_as_well(make_target: MakeTarget, tmp_path: Path) -> None:
    code = TAGS.replace("from packaging", "from pip._vendor.packaging")
    found = run(tmp_path, make_target("musllinux_1_2_aarch64", OWN), code).split()
    assert found[:2] == ["False", "musllinux_1_2_aarch64"]


@pytest.mark.parametrize(
    ("tag", "name"), [("win_arm64", "prog.exe"), ("manylinux_2_28_aarch64", "prog")]
)
def test_programs_are_named_as_on_the_target(
    make_target: MakeTarget, tmp_path: Path, tag: str, name: str
) -> None:
    needs("setuptools")
    code = (
        "import setuptools\n"
        "from distutils.ccompiler import new_compiler\n"
        "print(new_compiler().executable_filename('prog'))\n"
    )
    assert run(tmp_path, make_target(tag, OWN), code) == name


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("manylinux_2_28_aarch64", ["ARM_8", "64", "asimd fp", "aarch64"]),
        ("win32", ["X86_32", "32", "cmov cx8 fpu tsc", "x86"]),
        ("linux_ppc64le", ["PPC_64", "64", "altivec vsx", "ppc64le"]),
        ("linux_s390x", ["S390X", "64", "", "s390x"]),
    ],
)
def test_processors_are_the_least_of_the_target(
    make_target: MakeTarget, tmp_path: Path, tag: str, told: list[str]
) -> None:
    needs("py-cpuinfo")
    needs("archspec")
    code = (
        "import archspec.cpu, cpuinfo, json\n"
        "info = cpuinfo.get_cpu_info()\n"
        "assert json.loads(cpuinfo.cpuinfo.get_cpu_info_json()) == info\n"
        "print(info['arch'], info['bits'], ' '.join(info['flags']), sep='\\n')\n"
        "print(archspec.cpu.host().name)\n"
    )
    assert run(tmp_path, make_target(tag, OWN), code).split("\n") == told


def test_every_processor_that_wheels_are_for_is_known(make_target: MakeTarget) -> None:
    """One that is not has no flags, and goes by Meson's name of it."""
    from crosshook.overlay import facts
    from crosshook.target.systems import ROWS

    for row in ROWS:
        processor = facts.of_packages(make_target(row.plain_tag, OWN))["processor"]
        assert processor["bits"] == 8 * row.processor.pointer_size
        assert processor["cpuinfo"].isupper()


def test_it_is_taken_back(make_target: MakeTarget) -> None:
    from packaging import markers, tags

    before = (markers.default_environment, tags.sys_tags, tags.platform_tags)
    with overlay.installed(make_target("win_arm64"), project=Path(__file__).parent):
        assert markers.default_environment()["sys_platform"] == "win32"
    assert (markers.default_environment, tags.sys_tags, tags.platform_tags) == before


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("win_arm64", ["libz.dll.a", "xml2.lib", "libffi.a"]),
        ("macosx_11_0_arm64", ["None", "None", "libffi.a"]),
    ],
)
def test_find_library_file_finds_what_modules_for_windows_are_linked_to(
    make_target: MakeTarget, tmp_path: Path, tag: str, found: list[str]
) -> None:
    for name in ("libz.dll.a", "xml2.lib", "libffi.a", "ffi.dll"):
        (tmp_path / name).touch()
    code = (
        "from setuptools._distutils.unixccompiler import UnixCCompiler\n"
        "find = UnixCCompiler().find_library_file\n"
        "print(*(str(find(['.'], name)) for name in ('z', 'xml2', 'ffi')))\n"
    )
    printed = run(tmp_path, make_target(tag, OWN), code).split()
    assert [Path(name).name for name in printed] == found


def test_a_compiler_that_nobody_customised_is_the_targets(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    code = (
        "from distutils.ccompiler import new_compiler\n"
        "import setuptools\n"
        "made = new_compiler()\n"
        "print(made.compiler, made.linker_exe, made.linker_so, made.compiler_cxx, made.archiver)\n"
    )
    told = Plan(environ={"CC": "'/a b/cc' -x", "CXX": "/cxx", "AR": "/zig ar"})
    script = tmp_path / "script.py"
    script.write_text(code)
    with applied.applied(told, make_target("win_arm64", OWN), tmp_path):
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    own = "['/a b/cc', '-x']"
    assert done.stdout.strip() == (
        f"{own} {own} ['/a b/cc', '-x', '-shared'] ['/cxx'] ['/zig', 'ar', '-cr']"
    )
