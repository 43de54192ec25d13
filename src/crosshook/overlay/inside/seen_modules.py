"""The views: a module with some of its attributes replaced, made when it is first asked for."""

from __future__ import annotations

import os
import re
from collections import namedtuple
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from .windows_environ import WindowsEnviron

if TYPE_CHECKING:
    from .view import View

Sees = Mapping[str, Any]


class SeenModule(ModuleType):
    """A module with some of its attributes replaced; writes go to the real one."""

    def __init__(
        self, real: ModuleType, replaced: Mapping[str, Any], absent: tuple[str, ...] = ()
    ) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(_real=real, _absent=absent, **replaced)

    def __getattr__(self, name: str) -> Any:
        if name in self._absent:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name == "__all__" and not hasattr(self._real, name):
            # An import of * would take what is replaced, and nothing else.
            return [name for name in dir(self._real) if not name.startswith("_")]
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # An assignment such as ``os.environ |= {}`` hands back what is seen.
        if value is not self.__dict__.get(name, self):
            setattr(self._real, name, value)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._real) if name not in self._absent]


def always(answer: Any) -> Callable[..., Any]:
    """Return a function that gives one answer, whatever it is asked."""
    return lambda *args, **kwargs: answer


_VersionInfo = namedtuple("_VersionInfo", "major minor micro releaselevel serial")
"""As ``sys.version_info``, of whose own type no further value can be made."""

_WindowsVersion = namedtuple("_WindowsVersion", "major minor build platform service_pack")
"""As ``sys.getwindowsversion()`` answers, whose type only Windows has."""


def _sys(real: Any, sees: Sees, view: View) -> ModuleType:
    told = dict(sees["sys"])
    replaced = {name: told[name] for name in ("platform", "maxsize", "byteorder")}
    version, compiler = real.version, told["compiler"]
    if compiler is not None:
        version = re.sub(r"\[.*\]", lambda _: f"[{compiler}]", version)
    if "version_info" in told:
        info = _VersionInfo(*told["version_info"])
        replaced["version_info"] = info
        replaced["hexversion"] = int.from_bytes((*info[:3], 0xF0), "big")
        version = re.sub(r"^\S+", "{}.{}.{}".format(*info[:3]), version)
    implementation = told.get("implementation")
    if implementation is not None:
        replaced.update(implementation_attributes(real, implementation))
        named = "{title} {}.{}.{}".format(*implementation["version_info"], **implementation)
        version = re.sub(r"\[(.*)\]", lambda match: f"[{named} with {match[1]}]", version)
    replaced["version"] = version
    if "abiflags" in told:
        replaced["abiflags"] = told["abiflags"]
    if told["winver"] is not None:
        replaced["winver"] = told["winver"]
    if "gil_enabled" in told:
        replaced["_is_gil_enabled"] = always(told["gil_enabled"])
    if told["windows_version"] is not None:
        replaced["getwindowsversion"] = always(_WindowsVersion(*told["windows_version"]))
    stated = _implementation(replaced.get("implementation", real.implementation), told)
    replaced["implementation"] = stated
    return SeenModule(real, replaced)


def implementation_attributes(real: Any, implementation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``sys`` has in an implementation that is not CPython.

    :param real: The module.
    :param implementation: As :mod:`crosshook.overlay.facts` has it.
    """
    name, info = implementation["name"], _VersionInfo(*implementation["version_info"])
    stated = {
        **vars(real.implementation),
        "name": name,
        "version": info,
        "hexversion": int.from_bytes((*info[:3], 0xF0), "big"),
        "cache_tag": implementation["cache_tag"],
    }
    return {
        "implementation": SimpleNamespace(**stated),
        f"{name}_version_info": info,
        "builtin_module_names": (f"__{name}__", *real.builtin_module_names),
    }


def _implementation(real: Any, told: Mapping[str, Any]) -> SimpleNamespace:
    named = dict(vars(real))
    named.pop("_multiarch", None)
    if told["multiarch"] is not None:
        named["_multiarch"] = told["multiarch"]
    if "version_info" in told and "implementation" not in told:
        info = _VersionInfo(*told["version_info"])
        named["version"] = info
        named["hexversion"] = int.from_bytes((*info[:3], 0xF0), "big")
        named["cache_tag"] = "cpython-{}{}".format(*info[:2])
    return SimpleNamespace(**named)


def _os(real: Any, sees: Sees, view: View) -> ModuleType:
    replaced: dict[str, Any] = {"name": sees["os"]["name"]}
    if replaced["name"] == "posix":
        result = getattr(real, "uname_result", None)
        if result is not None:
            replaced["uname"] = always(result(_uname(sees)))
        return SeenModule(real, replaced)
    environ = WindowsEnviron(
        real.environ,
        sees["os"]["environ"],
        # How many processes may run at once is a question about this machine.
        own={"NUMBER_OF_PROCESSORS": str(real.cpu_count() or 1)},
    )
    replaced.update(add_dll_directory=_DllDirectory, environ=environ, getenv=environ.get)
    return SeenModule(real, replaced, absent=("uname", "environb", "getenvb"))


class _DllDirectory:
    """Directories of DLLs matter to what runs; nothing runs here."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> _DllDirectory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _uname(sees: Sees) -> tuple[str, ...]:
    """Return system, node, release, version and machine; what is not known of this machine."""
    import platform

    own = {name: getattr(platform, name)() for name in ("node", "release", "version")}
    told = {**own, **sees["uname"]}
    return tuple(told[name] for name in ("system", "node", "release", "version", "machine"))


def _platform(real: Any, sees: Sees, view: View) -> ModuleType:
    uname = real.uname_result(*_uname(sees))
    # It would be worked out when it is asked for, by a program of this machine.
    uname.__dict__["processor"] = sees["platform"]["processor"]
    answers = {**sees["platform"], **sees["uname"]}
    replaced = {name: always(_tuples(value)) for name, value in answers.items()}
    return SeenModule(real, {**replaced, "uname": always(uname)})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _struct(real: Any, sees: Sees, view: View) -> ModuleType:
    from . import native

    return SeenModule(real, native.struct_answers(real, sees["sizes"]))


def _ctypes(real: Any, sees: Sees, view: View) -> ModuleType:
    from . import native

    return SeenModule(real, native.ctypes_answers(real, sees["sizes"]))


def _importlib(real: Any, sees: Sees, view: View) -> ModuleType:
    def import_module(name: str, package: str | None = None) -> Any:
        return view.get(name, lambda: real.import_module(name, package))

    return SeenModule(real, {"import_module": import_module})


def _subprocess(real: Any, sees: Sees, view: View) -> ModuleType:
    from . import windows_programs

    # Windows has it all for any target.
    lacks_it = sees["sys"]["platform"] == "win32" and os.name != "nt"
    return SeenModule(real, windows_programs.answers(real) if lacks_it else {})


MAKERS: Mapping[str, Callable[[Any, Sees, View], ModuleType]] = {
    "ctypes": _ctypes,
    "importlib": _importlib,
    "os": _os,
    "platform": _platform,
    "struct": _struct,
    "subprocess": _subprocess,
    "sys": _sys,
}
"""By the name of the module."""
