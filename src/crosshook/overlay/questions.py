"""What is asked in a build about platform and Python, and for whom it is answered.

This is the whole list: ``docs/reference/answers.md`` shows it, and the tests ask each
question.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Told(enum.Enum):
    """Who gets the target's answer."""

    EVERYBODY = "everybody"
    PROJECT = "the project's own modules"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question, or several that are alike."""

    told: Told
    imports: str
    """The import statement that has to go before."""
    asks: tuple[str, ...]
    """Expressions."""
    why: str = ""
    """What is to be known of the answer."""


def _everybody(imports: str, *asks: str, why: str = "") -> Question:
    return Question(told=Told.EVERYBODY, imports=imports, asks=asks, why=why)


def _project(imports: str, *asks: str, why: str = "") -> Question:
    return Question(told=Told.PROJECT, imports=imports, asks=asks, why=why)


def _nobody(imports: str, *asks: str, why: str) -> Question:
    return Question(told=Told.NOBODY, imports=imports, asks=asks, why=why)


QUESTIONS: tuple[Question, ...] = (
    _everybody(
        "import sysconfig",
        "sysconfig.get_platform()",
        'sysconfig.get_config_var("EXT_SUFFIX")',
        'sysconfig.get_config_var("SIZEOF_LONG")',
        'sysconfig.get_config_var("HOST_GNU_TYPE")',
        'sysconfig.get_path("include")',
        "sysconfig.get_config_h_filename()",
        why="every variable that is known of the target Python, and none of the one that runs",
    ),
    _everybody("import importlib.machinery", "importlib.machinery.EXTENSION_SUFFIXES"),
    _everybody(
        "from setuptools._distutils import sysconfig, util",
        "util.get_platform()",
        'sysconfig.get_config_var("EXT_SUFFIX")',
        why="distutils and setuptools ask sysconfig; so does the standard library's distutils, "
        "before Python 3.12, as far as it does not ask the machine itself",
    ),
    _everybody(
        "from setuptools.command import bdist_wheel",
        "bdist_wheel.get_platform(None)",
    ),
    _everybody(
        "from setuptools._distutils import unixccompiler",
        "unixccompiler.UnixCCompiler.exe_extension",
        why="a program for Windows is named ``.exe``",
    ),
    _everybody(
        "from mypy.options import Options",
        "Options().platform",
        why="mypyc as well, whose ``mypycify`` gets ``--platform`` unless the project says it",
    ),
    _everybody(
        "from Cython.Compiler.Options import CompilationOptions",
        "CompilationOptions().compile_time_env",
        why='``IF UNAME_SYSNAME == "Windows":`` in Cython\'s language',
    ),
    _everybody(
        "from packaging import tags",
        "next(tags.platform_tags())",
        "str(next(tags.sys_tags()))",
        why="all of the target's tags for the project, in every copy of packaging; for others what "
        "packaging makes of sysconfig, without manylinux and musllinux",
    ),
    _everybody(
        "import cpuinfo",
        'cpuinfo.get_cpu_info()["flags"]',
        'cpuinfo.get_cpu_info()["arch"]',
        why="what every processor has that the wheel is for; this machine's with "
        '``project-sees = "build"``',
    ),
    _everybody("import archspec.cpu", "archspec.cpu.host().name", why="likewise"),
    _everybody(
        "import subprocess, sys",
        'subprocess.check_output([sys.executable, "-c", "import sys; print(sys.platform)"])',
        "subprocess.getoutput(f\"{sys.executable} -c 'import sys; print(sys.platform)'\")",
        why="code on the command line or stdin of a Python is of the project, whoever starts it: "
        "setup.py, make, CMake",
    ),
    _everybody(
        "import subprocess",
        'subprocess.check_output(["uname", "-m"])',
        'subprocess.getoutput("uname -s")',
        'subprocess.getoutput("arch")',
        why="a Makefile, a shell script and CMake too, and what none of the target's tags says is "
        "this machine's; ``config.guess`` is told of this machine, and so is everybody with "
        '``project-sees = "build"``',
    ),
    _everybody(
        "import subprocess",
        'subprocess.getoutput("python3-config --includes")',
        'subprocess.getoutput("python3-config --extension-suffix")',
        why="a Makefile and a ``configure`` script too; also under the names ``python-config`` and "
        "``python3.13-config``",
    ),
    _project(
        "import sys",
        "sys.platform",
        "sys.maxsize",
        "sys.byteorder",
        "sys.version",
        "sys.implementation._multiarch",
        "sys.getwindowsversion().major",
        "sys.winver",
        why="also ``version_info``, ``hexversion``, ``abiflags`` and ``_is_gil_enabled``, where "
        "the Python that runs is of another kind; for PyPy also ``implementation``, "
        "``pypy_version_info`` and ``__pypy__`` in ``builtin_module_names``",
    ),
    _project("import os", "os.name", "os.uname()"),
    _project("import os", 'os.add_dll_directory("/")', why="does nothing"),
    _project(
        "import os",
        'os.environ.get("PROCESSOR_ARCHITECTURE")',
        'os.environ.get("ProgramFiles(x86)")',
        'os.getenv("OS")',
        why="for Windows: variables that every Windows has; those with a directory name an empty "
        "one, where they are not set here",
    ),
    _project(
        "import platform",
        "platform.system()",
        "platform.machine()",
        "platform.processor()",
        "platform.release()",
        "platform.version()",
        "platform.uname()",
        "platform.platform()",
        "platform.architecture()",
        "platform.libc_ver()",
        "platform.mac_ver()",
        "platform.win32_ver()",
        "platform.python_compiler()",
        why="release and version for Linux are those of the machine that builds; ``libc_ver`` is "
        "what the tag promises; also ``python_version``, where it is another, and "
        "``python_implementation`` for PyPy",
    ),
    _project(
        "import struct",
        'struct.calcsize("l")',
        'struct.calcsize("P")',
        'struct.pack("l", 1)',
        'struct.Struct("n").size',
        why="native formats have the target's sizes, alignment and byte order",
    ),
    _project(
        "import ctypes",
        "ctypes.sizeof(ctypes.c_void_p)",
        "ctypes.sizeof(ctypes.c_long)",
        "ctypes.sizeof(ctypes.c_wchar)",
        "ctypes.sizeof(ctypes.c_size_t)",
        "ctypes.alignment(ctypes.c_long)",
        why="arrays and structures too, but not those with bit fields",
    ),
    _project(
        "import importlib",
        'importlib.import_module("sys").platform',
        '__import__("platform").machine()',
    ),
    _project(
        "import winreg",
        "winreg.HKEY_LOCAL_MACHINE",
        'winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, "SOFTWARE")',
        why="for Windows: a registry without keys, ``FileNotFoundError``; elsewhere no module",
    ),
    _project("import msvcrt, winsound", "msvcrt.setmode(1, 0)", why="for Windows; does nothing"),
    _project("import fcntl, pwd", "fcntl.LOCK_EX", why="not for Windows"),
    _project(
        "from packaging import markers",
        'markers.default_environment()["sys_platform"]',
        "markers.Marker(\"sys_platform == 'win32'\").evaluate()",
        why="in every copy of packaging that is in another package",
    ),
    _nobody(
        "import sys",
        "sys.executable",
        "sys.prefix",
        'sys.modules["sys"].platform',
        "sys.int_info",
        why="files are found, and programs started, here",
    ),
    _nobody(
        "import os",
        "os.sep",
        "os.pathsep",
        "os.linesep",
        "os.devnull",
        "os.cpu_count()",
        'hasattr(os, "fork")',
        why="paths are real",
    ),
    _nobody("import array", 'array.array("l").itemsize', why="an array is one of this machine"),
    _nobody(
        "import ctypes.util",
        'ctypes.util.find_library("c")',
        why="libraries are looked for where the linker runs; what is found may not be the target's",
    ),
    _nobody(
        "import platform, socket",
        "platform.node()",
        "socket.gethostname()",
        why="of the target's own machine nothing is known",
    ),
    _nobody(
        "import sysconfig",
        'sysconfig.get_path("purelib")',
        'sysconfig.get_path("scripts")',
        'sysconfig.get_config_var("prefix")',
        "sysconfig.get_makefile_filename()",
        why="where the Python that runs has its own files",
    ),
    _nobody(
        "import subprocess, sys",
        'subprocess.check_output([sys.executable, "-I", "-c", "import sys; print(sys.platform)"])',
        why="an isolated Python imports nothing of the build's",
    ),
    _nobody(
        "import subprocess",
        'subprocess.check_output(["/bin/uname", "-m"])',
        'subprocess.check_output("lscpu")',
        'open("/proc/cpuinfo").read(20)',
        why="a warning says who asked",
    ),
)
