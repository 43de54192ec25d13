"""Backends for frontends to be tested with; ``odd_backend:NAME`` is one of them.

Standard library only: this file is copied into projects. Every call of a hook is written down, a
JSON line each, in the file that ``record.txt`` beside this one names.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from made import AARCH64, X86_64, make_elf, make_wheel  # type: ignore[import-not-found]

PURE = {"demo/__init__.py": b"answer = 42\n"}
LIBRARY = "demo/data.bin"
NESTED = "demo/data.zip"
BUILD_TAG = "linux_x86_64"

Hook = Callable[..., Any]


class UnsupportedTarget(Exception):
    pass


def _module(suffix: str, machine: int) -> dict[str, bytes]:
    return {**PURE, f"demo/_core{suffix}": make_elf(machine)}


def _tag(target: dict[str, Any], platform: str | None = None) -> str:
    python = "cp" + target["python"]["language"]["version"].replace(".", "")
    return f"{python}-{python}-{platform or target['platform_tag']}"


def _suffix(target: dict[str, Any]) -> str:
    return str(target["python"]["abi"]["extension_suffix"])


def _write(directory: str, files: dict[str, bytes], tag: str, *, purelib: bool = False) -> str:
    return str(make_wheel(Path(directory), files, tag=tag, purelib=purelib).name)


def _pure(directory: str, target: Any) -> str:
    return _write(directory, PURE, "py3-none-any", purelib=True)


def _for_this_machine(directory: str, target: Any) -> str:
    digits = "{}{}".format(*sys.version_info[:2])
    files = _module(f".cpython-{digits}-x86_64-linux-gnu.so", X86_64)
    return _write(directory, files, f"cp{digits}-cp{digits}-{BUILD_TAG}")


def _honest(directory: str, target: Any) -> str:
    return _write(directory, _module(_suffix(target), AARCH64), _tag(target))


def _hidden_code(directory: str, target: Any) -> str:
    files = {**PURE, LIBRARY: make_elf(AARCH64, exports=())}
    return _write(directory, files, "py3-none-any", purelib=True)


def _platform_tag_alone(directory: str, target: Any) -> str:
    return _write(directory, PURE, "py3-none-manylinux_2_28_aarch64", purelib=True)


def _other_tag(directory: str, target: Any) -> str:
    return _write(directory, _module(_suffix(target), AARCH64), _tag(target, BUILD_TAG))


def _other_suffix(directory: str, target: Any) -> str:
    suffix = _suffix(target).replace("aarch64", "x86_64")
    return _write(directory, _module(suffix, AARCH64), _tag(target))


def _elsewhere(directory: str, target: Any) -> str:
    _honest(str(Path(directory).parent), target)
    return f"../{_honest(directory, target)}"


def _junk(directory: str, target: Any) -> str:
    print('{"return_val": "junk-1.0-py3-none-any.whl"}')
    os.write(1, b"\xff\xfe junk past sys.stdout\n")
    return _honest(directory, target)


def _no_wheel(directory: str, target: Any) -> str:
    path = Path(directory, f"demo-1.0-{_tag(target)}.whl")
    path.write_bytes(b"not a zip file")
    return path.name


def _other_python(directory: str, target: Any) -> str:
    files = _module(_suffix(target), AARCH64)
    made = make_wheel(Path(directory), files, tag=_tag(target), purelib=False, requires_python="<3")
    return str(made.name)


def _two_wheels(directory: str, target: Any) -> str:
    _for_this_machine(directory, target)
    return _honest(directory, target)


def _nested_code(directory: str, target: Any) -> str:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("core.bin", make_elf(AARCH64, exports=()))
    return _write(directory, {**PURE, NESTED: inner.getvalue()}, "py3-none-any", purelib=True)


def _end(directory: str, target: Any) -> str:
    _honest(directory, target)
    sys.exit(0)


def _die(directory: str, target: Any) -> str:
    _honest(directory, target)
    os._exit(0)


def _refuse(directory: str, target: Any) -> str:
    raise UnsupportedTarget("not that one")


def _fail(directory: str, target: Any) -> str:
    raise ValueError("no wheel today")


def _recorded(name: str, hook: Hook) -> Hook:
    def call(*arguments: Any, **keywords: Any) -> Any:
        line = {
            "hook": name,
            "arguments": arguments,
            "keywords": sorted(keywords),
            "process": os.getpid(),
            "directory": str(Path.cwd()),
        }
        record = Path(__file__).with_name("record.txt").read_text(encoding="utf-8")
        with open(record, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        return hook(*arguments, **keywords)

    return call


def _backend(
    cross: Hook | None, native: Hook = _pure, **more: Callable[..., list[str]]
) -> SimpleNamespace:
    """Return a backend whose hooks write a wheel by functions of a directory and a target."""

    def build_wheel(
        wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None
    ) -> str:
        return str(native(wheel_directory, None))

    def cross_build_wheel(
        wheel_directory: str,
        target: dict[str, Any],
        config_settings: Any = None,
        metadata_directory: Any = None,
    ) -> str:
        return str(cross(wheel_directory, target)) if cross is not None else ""

    hooks: dict[str, Hook] = {"build_wheel": build_wheel, **more}
    if cross is not None:
        hooks["cross_build_wheel"] = cross_build_wheel
    return SimpleNamespace(
        UnsupportedTarget=UnsupportedTarget,
        **{name: _recorded(name, hook) for name, hook in hooks.items()},
    )


no_hook = _backend(None)
no_hook_native = _backend(None, _for_this_machine)
no_hook_hidden_code = _backend(None, _hidden_code)
no_hook_not_purelib = _backend(
    None, lambda directory, target: _write(directory, PURE, "py3-none-any")
)
no_hook_other_python = _backend(
    None, lambda directory, target: _write(directory, PURE, "py2-none-any", purelib=True)
)
no_hook_platform_tag = _backend(None, _platform_tag_alone)
honest = _backend(
    _honest,
    get_requires_for_build_wheel=lambda config_settings=None: [],
    get_requires_for_cross_build_wheel=lambda target, config_settings=None: [],
)
honest_and_pure = _backend(
    _pure, _for_this_machine, get_requires_for_build_wheel=lambda config_settings=None: []
)
other_tag = _backend(_other_tag)
other_machine = _backend(
    lambda directory, target: _write(directory, _module(_suffix(target), X86_64), _tag(target))
)
other_suffix = _backend(_other_suffix)
no_code = _backend(lambda directory, target: _write(directory, PURE, _tag(target)))
hidden_code = _backend(_hidden_code)
nested_code = _backend(_nested_code)
other_python = _backend(_other_python)
ends = _backend(_end)
dies = _backend(_die)
two_wheels = _backend(_two_wheels)
refuses = _backend(_refuse)
raises = _backend(_fail)
elsewhere = _backend(_elsewhere)
not_there = _backend(lambda directory, target: f"demo-1.0-{_tag(target)}.whl")
not_a_wheel = _backend(_no_wheel)
prints = _backend(_junk)
