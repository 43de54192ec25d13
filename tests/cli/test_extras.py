"""What the command asks for is what its extra brings, and nothing else."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

from crosshook.cli import _REQUIRED

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

IMPORTED_AS = {"pyelftools": "elftools"}
FILE = Path(__file__).parents[2] / "pyproject.toml"


def names(extra: str) -> set[str]:
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return {Requirement(text).name for text in listed[extra]}


def test_the_command_asks_for_what_its_extra_brings() -> None:
    modules = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names("frontend")}
    assert set(_REQUIRED) == modules


def test_hints_name_extras_that_there_are() -> None:
    code = "".join(f.read_text(encoding="utf-8") for f in (FILE.parent / "src").rglob("*.py"))
    named = {
        word for found in re.findall(r"crosshook\[([\w,]+)\]", code) for word in found.split(",")
    }
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert "cli" in named
    assert named <= set(listed)
