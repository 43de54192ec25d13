"""Meson: which one runs, what it could not find out, and the files that describe machines to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crosshook._types import Command
from crosshook.adapters.plan import Answer, BuildMachine
from crosshook.project import Project

Value = bool | str | Sequence[str]


def meson_command(project: Project, machine: BuildMachine) -> Command:
    """Return the command that meson-python would run as Meson.

    As meson-python has it: the variable ``MESON``, then ``[tool.meson-python] meson``, which may
    name a ``meson.py`` in the project, then ``meson``.
    """
    configured = project.tool("meson-python").get("meson")
    named = configured if isinstance(configured, str) else "meson"
    named = machine.environ.get("MESON") or named
    return (machine.python, named) if named.endswith(".py") else (named,)


def brought_meson(project: Project, machine: BuildMachine) -> tuple[str, ...]:
    """Return the directory of a Meson that the project brings itself, as NumPy does."""
    script = meson_command(project, machine)[-1]
    if not script.endswith(".py"):
        return ()
    return (str((project.root / script).parent),)


def meson_version(answer: Answer) -> str | None:
    """Return the version that Meson said it has: ``1.12.1``; None if it said none."""
    found = re.search(r"^\d+\.\d+\S*", answer.output, re.MULTILINE)
    return found[0] if answer.code == 0 and found is not None else None


_NOT_RUN = re.compile(
    r"^(?P<file>[^\s:]\S*meson\.build):(?P<line>\d+):\d+: ERROR: Can not run test applications",
    re.MULTILINE,
)
_ASKS = re.compile(r"get_external_property\(\s*'([^']+)'")
_NEAR_LINES = 30


def unanswered(log: str) -> Iterator[str]:
    """Yield where a build stopped because it could not run a program, and what would answer.

    :param log: Meson's ``meson-log.txt``; it need not be there.
    """
    if not Path(log).is_file():
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
