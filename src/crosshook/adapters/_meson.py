"""Meson: which one runs, what runs programs for it, what it could not find out, and the files that
describe machines to it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crosshook._types import Command
from crosshook.project import Project
from crosshook.target import Target

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Value = bool | str | Sequence[str]


def meson_version(project: Project, environ: Mapping[str, str]) -> str | None:
    """Return the version of Meson that meson-python would run: ``1.12.1``; None if unknown.

    As meson-python has it: the variable ``MESON``, then ``[tool.meson-python] meson``, which may
    name a ``meson.py`` in the project, then the command of the installed distribution.
    """
    named = environ.get("MESON") or _vendored(project.root)
    if named is None:
        try:
            return importlib.metadata.version("meson")
        except importlib.metadata.PackageNotFoundError:
            return None
    coredata = (project.root / named).parent / "mesonbuild" / "coredata.py"
    if not named.endswith(".py") or not coredata.is_file():
        return None
    found = re.search(r"^version = '([^']+)'", coredata.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else None


def _vendored(root: Path) -> str | None:
    try:
        data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    named = data.get("tool", {}).get("meson-python", {}).get("meson")
    return named if isinstance(named, str) else None


def exe_wrapper(target: Target, environ: Mapping[str, str], *, system: str, arch: str) -> Command:
    """Return what runs a target's programs on this machine: QEMU, with the target's libc.

    That is looked for in ``QEMU_LD_PREFIX``, in the target's sysroot, beside the target Python, and
    where distributions have it. Empty if either is missing, and for all but Linux on Linux.

    :param system: The build machine's operating system, as Meson names it.
    :param arch: Its processor, ``platform.machine()``.
    """
    row = target.platform.row
    if (system, row.system.meson.system) != ("linux", "linux") or row.machine_name == arch:
        return ()
    prefix = Path(target.python["base_prefix"])
    named = (environ.get("QEMU_LD_PREFIX"), target.sysroot)
    roots = [*(Path(root) for root in named if root), prefix, prefix.parent]
    roots.append(Path("/usr") / str(row.multiarch))
    root = next((root for root in roots if _has_loader(root, str(row.system.libc))), None)
    for name in (f"qemu-{row.qemu}-static", f"qemu-{row.qemu}"):
        found = shutil.which(name, path=environ.get("PATH"))
        if found is not None and root is not None:
            return (found, "-L", str(root))
    return ()


def _has_loader(root: Path, libc: str) -> bool:
    pattern = "ld-musl-*" if libc == "musl" else "ld*.so.*"
    # The root of this machine has its own.
    return root != Path("/") and any(
        file for name in ("lib", "lib64") for file in (root / name).glob(pattern)
    )


_NOT_RUN = re.compile(
    r"^(?P<file>[^\s:]\S*meson\.build):(?P<line>\d+):\d+: ERROR: Can not run test applications",
    re.MULTILINE,
)
_ASKS = re.compile(r"get_external_property\(\s*'([^']+)'")
_NEAR_LINES = 30


def unanswered(log: str | None) -> Iterator[str]:
    """Yield where a build stopped because it could not run a program, and what would answer.

    :param log: Meson's ``meson-log.txt``; None if there is none.
    """
    if log is None or not Path(log).is_file():
        return
    text = Path(log).read_text(encoding="utf-8", errors="replace")
    source = re.search(r"^Source dir: (.+)$", text, re.MULTILINE)
    for found in _NOT_RUN.finditer(text):
        file, line = found["file"], int(found["line"])
        build = Path(log).parent.parent
        places = [(build / file), *([Path(source[1]) / file] if source else [])]
        named = next((_property_before(p, line) for p in places if p.is_file()), None)
        yield f"{Path(file).name}:{line}" + (f": property {named}" if named else "")


def _property_before(file: Path, line: int) -> str | None:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    asked = _ASKS.findall("\n".join(lines[max(0, line - _NEAR_LINES) : line]))
    return asked[-1] if asked else None


def machine_file(sections: Mapping[str, Mapping[str, Value]]) -> str:
    """Return the text of a cross file or a native file; empty sections are left out."""
    lines = []
    for section, values in sections.items():
        if values:
            lines += [f"[{section}]", *(f"{k} = {_literal(v)}" for k, v in values.items()), ""]
    return "\n".join(lines)


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return f"[{', '.join(map(_literal, value))}]"
