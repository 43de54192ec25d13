"""setuptools: ``DIST_EXTRA_CONFIG``, the linker variables, and a plugin by its entry points.

What each part is for:

* The wheel's platform tag is ``[bdist] plat_name``. ``[bdist_wheel] plat_name`` would tag a pure
  project too, and ``[build] plat_name`` is an error off Windows.
* ``[build] build_base`` moves the build directory out of the source tree: objects of an earlier
  build for another target, or for this machine, must not be taken up.
* Tags, suffixes and compiler flags come from the target's sysconfig data, which the overlay puts
  in place; compilers, from the environment of the target.
* Off Windows, setuptools does not link an extension module to Python's import library. The plugin
  (:mod:`crosshook.adapters.setuptools_plugin`) adds it to each extension, the stable ABI's where
  ``py_limited_api`` is set, through the ``setuptools.finalize_distribution_options`` entry point.
* For Python 3.15 and newer, setuptools puts the platform into the suffix of a module for the stable
  ABI, ``.abi3-aarch64-linux-gnu.so``, which no older Python imports that the wheel's tag may name.
  The plugin takes it out.
* On Windows, setuptools with another compiler than MSVC links the import library of the Python
  that runs it, by ``sys.hexversion``. The plugin takes that away.
* With another compiler than MSVC or MinGW's gcc, setuptools compiles no ``.rc`` and exports nothing
  by name. For Windows, the plugin compiles them with what ``RC`` names, and links a
  module-definition file that has what MSVC's linker would be told: ``export_symbols``, the module's
  ``PyInit`` function, and what is in a ``.def`` of the project's.
* The plugin defines ``Py_GIL_DISABLED`` for free-threaded Pythons for Windows, whose official
  ``pyconfig.h`` does not (cpython#127294). setuptools would, on Windows alone.
"""

from __future__ import annotations

import configparser
import io
import json
import ntpath
import shlex
from pathlib import Path

from crosshook.adapters import _libraries
from crosshook.adapters._build_tools import command, unused_import_library
from crosshook.adapters._needed import check_suffix, needed_toolchain
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.errors import ProjectError, UnsupportedTarget
from crosshook.project import Project
from crosshook.target import Target, Toolchain
from crosshook.target.implementations import CPYTHON

_DECLARED_EXTENSIONS = f"{SCRATCH}/declared-extensions.jsonl"


class Setuptools(Adapter):
    """setuptools, and backends in projects that build on it."""

    name = "setuptools"

    def recognises(self, project: Project) -> bool:
        module = project.delegate.name.partition(":")[0]
        in_tree = bool(project.delegate.path) and project.requires_package("setuptools")
        return module == "setuptools.build_meta" or in_tree

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes setuptools build for the target.

        :raises UnsupportedTarget: without a toolchain.
        """
        toolchain = needed_toolchain(target, "setuptools needs a compiler")
        check_suffix(target, "setuptools")
        _check_users_suffix(target, machine)
        environ = {
            "DIST_EXTRA_CONFIG": f"{SCRATCH}/setuptools.cfg",
            # The standard library's distutils (Python < 3.12) knows nothing of all this.
            "SETUPTOOLS_USE_DISTUTILS": "local",
        }
        if toolchain.argument_syntax == "msvc":
            environ.update(_msvc_environ(target, machine))
            options = _msvc_options(target)
        else:
            environ.update(_gcc_environ(target, toolchain, machine))
            options = _gcc_options(target, machine)
        return Plan(
            environ=environ,
            files={
                "setuptools.cfg": _config(options, machine.extra_config),
                **_plugin_files(target),
            },
            python_path=(f"{SCRATCH}/overlay",),
            project_sees_target=project.settings.project_sees == "target",
            declared_extensions=_DECLARED_EXTENSIONS,
            requires=_requires(target, machine),
        )


def _check_users_suffix(target: Target, machine: BuildMachine) -> None:
    """setuptools names modules after a variable that is meant for cross builds of another kind."""
    suffix = machine.environ.get("SETUPTOOLS_EXT_SUFFIX")
    if suffix and suffix not in target.extension_suffixes:
        known = ", ".join(target.extension_suffixes)
        raise UnsupportedTarget(
            f"SETUPTOOLS_EXT_SUFFIX: {suffix!r} in the environment; the Python for "
            f"{target.platform.tag} imports {known}",
            hint="unset SETUPTOOLS_EXT_SUFFIX: modules are named for the target without",
        )


def _requires(target: Target, machine: BuildMachine) -> tuple[str, ...]:
    """Releases before 84.2.1 take parts of a wheel's tags from the Python that runs them."""
    running, wanted = machine.python_version, target.python_version
    if wanted.implementation is CPYTHON and (running is None or running.numbers == wanted.numbers):
        return ()
    return ("setuptools>=84.2.1",)


def _gcc_environ(target: Target, toolchain: Toolchain, machine: BuildMachine) -> dict[str, str]:
    commands = toolchain.commands
    environ = {}
    link_flags = _link_flags(target)
    for variable, tool in (("LDSHARED", "cc"), ("LDCXXSHARED", "cxx")):
        if tool in commands and variable not in machine.environ:
            linker = command(target, machine, tool)
            environ[variable] = shlex.join((*linker, "-shared", *link_flags))
    return environ


def _link_flags(target: Target) -> tuple[str, ...]:
    """Flags for extension modules; an import library of one goes where it is not packed."""
    return target.platform.system.module_link_flags(unused_import_library())


def _gcc_options(target: Target, machine: BuildMachine) -> dict[str, dict[str, str]]:
    options = {
        "build": {"build_base": f"{SCRATCH}/build"},
        "bdist": {"plat_name": _plat_name(target)},
    }
    if machine.system == "windows":
        # setuptools would look for MSVC.
        options["build"]["compiler"] = "unix"
    return options


def _msvc_environ(target: Target, machine: BuildMachine) -> dict[str, str]:
    """As cibuildwheel's ``setup_setuptools_cross_compile`` has it."""
    wanted = target.platform.system.msvc_arch(target.platform.row)
    if machine.system != "windows" or wanted is None:
        raise UnsupportedTarget(
            f"target.toolchain: MSVC does not build for {target.platform.tag} on {machine.system}"
        )
    found = machine.environ.get("VSCMD_ARG_TGT_ARCH") or wanted
    if found != wanted:
        raise UnsupportedTarget(
            f"VSCMD_ARG_TGT_ARCH: {found!r} in the environment, {wanted!r} is needed for "
            f"{target.platform.tag}",
            hint=f"run vcvarsall.bat for {wanted}, or leave the search for MSVC to setuptools",
        )
    return {"VSCMD_ARG_TGT_ARCH": wanted}


def _msvc_options(target: Target) -> dict[str, dict[str, str]]:
    """As cibuildwheel has it, but ``[bdist]`` for ``[bdist_wheel]`` and the target's headers."""
    name = target.platform.row.sysconfig_platform
    options = {
        "build": {"plat_name": name, "build_base": f"{SCRATCH}/build"},
        "build_ext": {"plat_name": name},
        "bdist": {"plat_name": name},
    }
    directories = {ntpath.dirname(library) for library in target.import_libraries.values()}
    if directories:
        options["build_ext"]["library_dirs"] = ";".join(sorted(directories))
    headers = target.headers
    if headers:
        options["build_ext"]["include_dirs"] = headers
    return options


def _plat_name(target: Target) -> str:
    """The platform as setuptools wants it: it turns ``-`` into ``_`` for the tag."""
    if target.platform.version is None:
        return target.platform.row.sysconfig_platform
    return target.platform.tag


def _config(options: dict[str, dict[str, str]], users: str | None) -> str:
    """Return our options as a configuration file, those of the user's own file laid over them."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_dict(options)
    if users is not None:
        try:
            parser.read_string(users)
        except configparser.Error as error:
            raise ProjectError(f"DIST_EXTRA_CONFIG: not a configuration file: {error}") from None
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _module_link_args(target: Target) -> list[str]:
    """Flags for each extension module, with ``{module}`` for its name."""
    return list(target.platform.system.module_name_flags("{module}" + target.extension_suffixes[0]))


def _plugin_files(target: Target) -> dict[str, str]:
    defines = target.platform.system.module_defines(target.platform.row, target.python_version)
    libraries = {kind: [path.replace("\\", "/")] for kind, path in target.import_libraries.items()}
    if target.toolchain is None or target.toolchain.argument_syntax == "msvc":
        # A pragma in pyconfig.h names the library.
        libraries = {}
    dynamic = libraries.get("dynamic", [])
    settings = {
        "link_objects": dynamic,
        # Where there is no stable ABI, setuptools builds for the one version instead.
        "stable_abi_link_objects": libraries.get("dynamic_stableabi", dynamic),
        "define_macros": [["Py_GIL_DISABLED", "1"]] if "Py_GIL_DISABLED" in defines else [],
        "link_args": _module_link_args(target),
        "windows_files": bool(libraries),
        "include_dirs": list(_libraries.include_directories(target)),
        "library_dirs": list(_libraries.library_directories(target)),
        "log": "../declared-extensions.jsonl",
    }
    source = Path(__file__).parent / "setuptools_plugin.py"
    info = "overlay/crosshook_setuptools_plugin-1.dist-info"
    return {
        "overlay/_crosshook_setuptools_plugin.py": source.read_text(encoding="utf-8"),
        "overlay/_crosshook_setuptools_plugin.json": json.dumps(settings),
        f"{info}/METADATA": (
            "Metadata-Version: 2.1\nName: crosshook-setuptools-plugin\nVersion: 1\n"
        ),
        f"{info}/entry_points.txt": (
            "[setuptools.finalize_distribution_options]\n"
            "crosshook = _crosshook_setuptools_plugin:finalize\n"
        ),
    }
