"""Packages that ask about the platform by themselves, on behalf of the project.

The view does not reach them: they are not of the project, and most of what they ask is about the
machine that they run on. :data:`ALWAYS` and :data:`FOR_THE_PROJECT` say which of their functions
are answered otherwise, and how.
"""

from __future__ import annotations

import functools
import io
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from .imports import Change, handed_out, when_imported
from .seen_modules import SeenModule, implementation_attributes
from .undo import Undo, replace

if TYPE_CHECKING:
    from .view import View

Target = Mapping[str, Any]


def install(target: Target, view: View | None) -> list[Undo]:
    """Have packages answer for a target.

    :param target: What is known of it, as :func:`crosshook.overlay.facts.of_packages` has it.
    :param view: Who is of the project; None if the project sees the machine that it is built on.
    """
    answers = {name: [_told(answer, target)] for name, answer in ALWAYS.items()}
    if target["implementation"] is not None:
        for name in ASK_WHICH_IMPLEMENTATION:
            answers.setdefault(name, []).append(_told(_implementation, target))
        answers.setdefault("*.packaging.tags", []).append(_told(_interpreter_name, target))
    for name, to_project in FOR_THE_PROJECT.items() if view is not None else ():
        answers.setdefault(name, []).append(_told(to_project, target, view))
    return [when_imported({name: _all(changes) for name, changes in answers.items()})]


def _told(answer: Callable[..., list[Undo]], *told: Any) -> Change:
    return lambda module: answer(module, *told)


def _all(changes: list[Change]) -> Change:
    return lambda module: [undo for change in changes for undo in change(module)]


def _mypyc(module: ModuleType, target: Target) -> list[Undo]:
    """mypyc compiles one branch of ``if sys.platform == ...``, by mypy's ``--platform``."""
    real: Callable[..., Any] = module.mypycify

    @functools.wraps(real)
    def mypycify(paths: Any, *rest: Any, **named: Any) -> Any:
        _check_mypyc_version(target)
        given = list(paths)
        return real([*_mypy_options(given, target), *given], *rest, **named)

    return handed_out(module, "mypycify", mypycify)


def _check_mypyc_version(target: Target) -> None:
    """mypyc sets mypy's ``python_version`` to the Python that runs, and cannot be told another."""
    running, wanted = sys.version_info[:2], tuple(target["python_version"])
    if running != wanted:
        raise SystemExit(
            "mypyc compiles for the Python that runs it, {}.{}, and the target's is {}.{}\n"
            "hint: install Python {}.{} on this machine, for the build to run in".format(
                *running, *wanted, *wanted
            )
        )


def _mypy_options(given: list[str], target: Target) -> list[str]:
    """Return options to put before those that a project gives, and nothing that its configuration
    says."""
    main = sys.modules["mypy.main"]
    unheard = io.StringIO()
    try:
        options = main.process_options(given, stdout=unheard, stderr=unheard)[1]
    except SystemExit:
        # It is asked again, and says what is wrong.
        return []
    return [f"--platform={target['sys_platform']}"] if options.platform == sys.platform else []


def _mypy(module: ModuleType, target: Target) -> list[Undo]:
    real = module.Options.__init__

    def __init__(self: Any) -> None:
        real(self)
        if self.platform == sys.platform:
            self.platform = target["sys_platform"]

    return [replace(module.Options, "__init__", __init__)]


def _cython(module: ModuleType, target: Target) -> list[Undo]:
    """``IF UNAME_SYSNAME == "Windows":`` in Cython's own language, from the options of a run."""
    options = vars(module).get("CompilationOptions")
    if options is None:
        return []
    real = options.__init__
    names = {"system": "UNAME_SYSNAME", "release": "UNAME_RELEASE", "version": "UNAME_VERSION"}
    names["machine"] = "UNAME_MACHINE"
    uname = {names[name]: value for name, value in target["uname"].items()}

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        real(self, *arguments, **named)
        self.compile_time_env = {**uname, **(self.compile_time_env or {})}

    return [replace(options, "__init__", __init__)]


def _cythonize(module: ModuleType, target: Target) -> list[Undo]:
    """C code that was made of it for another target may be there: it is older than anything."""
    from pathlib import Path

    tree = module.DependencyTree
    real: Callable[..., float] = tree.timestamp

    def timestamp(self: Any, filename: Any) -> float:
        asks = b"UNAME_" in Path(filename).read_bytes()
        return math.inf if asks else real(self, filename)

    return [replace(tree, "timestamp", timestamp)]


def _old_distutils(module: ModuleType, target: Target) -> list[Undo]:
    """The standard library's, before Python 3.12, asks ``os.uname`` and not ``sysconfig``."""
    undo = []
    for name in ("get_platform", "get_host_platform"):
        if hasattr(module, name):
            undo.append(replace(module, name, lambda: target["platform"]))
    return undo


def _unix_compiler(module: ModuleType, target: Target) -> list[Undo]:
    """A compiler that nobody customised is the target's, where distutils says ``cc``.

    Programs for Windows end in ``.exe``, whichever compiler links them; ``find_library_file``
    finds the import libraries that such a compiler and MSVC link to. Not for the standard library's
    distutils, which would look for what it linked by another name.
    """
    undo: list[Undo] = []
    for name in ("UnixCCompiler", "Compiler"):
        compiler: Any = vars(module).get(name)
        if getattr(compiler, "compiler_type", None) != "unix":
            continue
        undo.append(replace(compiler, "executables", _of_target(compiler.executables)))
        if not target["program_end"] or "setuptools" not in str(module.__file__):
            continue
        undo.append(replace(compiler, "exe_extension", target["program_end"]))
        # In place of macOS's two kinds, which are looked for before all others.
        for kind, (form, end) in _IMPORT_LIBRARIES.items():
            undo.append(replace(compiler, f"{kind}_lib_format", form))
            undo.append(replace(compiler, f"{kind}_lib_extension", end))
    return undo


def _of_target(executables: Mapping[str, Any]) -> dict[str, Any]:
    """Return distutils' command lines with what the environment names for each tool."""
    told = dict(executables)
    for name, command in executables.items():
        named = os.environ.get(_VARIABLES.get(command[0], "") if command else "")
        if named:
            told[name] = [*shlex.split(named), *command[1:]]
    return told


_VARIABLES = {"cc": "CC", "c++": "CXX", "ar": "AR", "ranlib": "RANLIB"}
"""By the program that distutils starts where nobody says which."""


_IMPORT_LIBRARIES = {"dylib": ("lib%s%s", ".dll.a"), "xcode_stub": ("%s%s", ".lib")}
"""By what distutils calls a kind of library: how the file is called."""


def _cpuinfo(module: ModuleType, target: Target, view: View) -> list[Undo]:
    """py-cpuinfo: what every processor has that the target's wheels are for."""
    processor = target["processor"]

    def get_cpu_info() -> dict[str, Any]:
        return {
            "python_version": "{}.{}".format(*target["python_version"]),
            "cpuinfo_version": list(getattr(module, "CPUINFO_VERSION", ())),
            "arch": processor["cpuinfo"],
            "bits": processor["bits"],
            "count": os.cpu_count(),
            "arch_string_raw": target["uname"]["machine"],
            # Before py-cpuinfo 6.
            "raw_arch_string": target["uname"]["machine"],
            "flags": list(processor["flags"]),
        }

    undo = handed_out(module, "get_cpu_info", get_cpu_info)
    if hasattr(module, "get_cpu_info_json"):
        undo += handed_out(module, "get_cpu_info_json", lambda: json.dumps(get_cpu_info()))
    return undo


def _archspec(module: ModuleType, target: Target, view: View) -> list[Undo]:
    name = target["processor"]["archspec"]

    def host() -> Any:
        known = module.TARGETS
        return known[name] if name in known else module.generic_microarchitecture(name)

    return handed_out(module, "host", host)


def _markers(module: ModuleType, target: Target, view: View) -> list[Undo]:
    def of_target() -> dict[str, str]:
        return dict(target["markers"])

    return _answer_project(module, "default_environment", of_target, view)


def _implementation(module: ModuleType, target: Target) -> list[Undo]:
    """What names wheels after the implementation that runs it, and leaves out what another lacks.

    ``sys`` in a module of a backend, and what its version is, stay those that run.
    """
    if not hasattr(module, "sys"):
        return []
    seen = SeenModule(sys, implementation_attributes(sys, target["implementation"]))
    return [replace(module, "sys", seen)]


def _interpreter_name(module: ModuleType, target: Target) -> list[Undo]:
    """The letters in wheel tags; all else that stands there, packaging asks ``sysconfig``."""
    if not hasattr(module, "interpreter_name"):
        return []
    return [replace(module, "interpreter_name", lambda: target["implementation"]["tag"])]


def _tags(module: ModuleType, target: Target, view: View) -> list[Undo]:
    def tags() -> Any:
        return iter([module.Tag(*tag.split("-")) for tag in target["tags"]])

    def platforms() -> Any:
        found = dict.fromkeys(tag.rpartition("-")[2] for tag in target["tags"])
        return iter([platform for platform in found if platform != "any"])

    return [
        *_answer_project(module, "sys_tags", tags, view),
        *_answer_project(module, "platform_tags", platforms, view),
    ]


def _answer_project(
    module: ModuleType, name: str, answer: Callable[[], Any], view: View
) -> list[Undo]:
    """Replace a function that answers the project otherwise than all others who call it."""
    real = getattr(module, name, None)
    if real is None:
        return []
    package = module.__name__.rpartition(".")[0]

    @functools.wraps(real)
    def answering(*arguments: Any, **named: Any) -> Any:
        caller = _first_outside(package, sys._getframe(1))
        return answer() if view.is_project(caller) else real(*arguments, **named)

    return [replace(module, name, answering)]


def _first_outside(package: str, frame: FrameType | None) -> FrameType | None:
    """Return the first frame that does not run code of a package itself."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name != package and not name.startswith(f"{package}."):
            return frame
        frame = frame.f_back
    return None


ALWAYS: Mapping[str, Callable[[ModuleType, Target], list[Undo]]] = {
    "mypyc.build": _mypyc,
    "mypy.options": _mypy,
    "Cython.Build.Dependencies": _cythonize,
    "Cython.Compiler.Options": _cython,
    # Where it is in Cython 0.29.
    "Cython.Compiler.Main": _cython,
    "distutils.util": _old_distutils,
    "*.unixccompiler": _unix_compiler,
    "*.compilers.C.unix": _unix_compiler,
}
"""By module, what is compiled or linked for the target whoever asks."""

ASK_WHICH_IMPLEMENTATION = (
    "mesonpy",
    "mesonpy._tags",
    "scikit_build_core.builder.builder",
    "scikit_build_core.builder.wheel_tag",
    "scikit_build_core.settings.skbuild_overrides",
)
"""Modules of backends that ask ``sys`` which implementation they build for, where all others ask
``sysconfig``."""

FOR_THE_PROJECT: Mapping[str, Callable[[ModuleType, Target, View], list[Undo]]] = {
    "*.packaging.markers": _markers,
    "*.packaging.tags": _tags,
    "cpuinfo.cpuinfo": _cpuinfo,
    "archspec.cpu.detect": _archspec,
}
"""By module, what the project asks through a package: not answered if it sees this machine.

Installers and backends ask ``packaging``, too, and mean the machine that they run on: there it
depends on who calls. A name that begins with ``*.`` stands for every copy of a module, such as
those in ``pip._vendor``, ``setuptools._vendor``, ``wheel.vendored`` and ``poetry.core._vendor``.
"""
