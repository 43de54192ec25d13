"""What the wrapper tells the frontend beside the wheel's name.

A hook answers with a file name and nothing else. Where the frontend names a file in
``CROSSHOOK_REPORT``, the wrapper appends a JSON line for each thing the user should know; without
one it says so on stderr. Nothing depends on it: any frontend can call the wrapper.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosshook.adapters.plan import Plan

VARIABLE = "CROSSHOOK_REPORT"

_LIBRARY_SUFFIXES = (".so", ".pyd", ".dll", ".dylib")
"""Of extension modules, and of libraries for ctypes that are declared as such."""

_LARGEST = 1_000_000
"""Characters of a report."""
_SHOWN = 80

_SENTENCES = {
    "note": "{}",
    "left-out-flags": "compiler flags were left out, without which the code does the same: {} "
    "(docs/reference/compiler-flags.md)",
    "missing-extension": "the extension module {} is declared and is not in the wheel; did it fail "
    "to compile?",
    "asked-processor": "{}: that is about the machine that builds, not the target; if the project "
    "takes flags or sources by it, say which in its own settings or in CFLAGS",
    "cause": "{}",
    "unreadable-report": "{}: not what the wrapper reports, so something else wrote it: whether "
    "all is well with the wheel is not known",
    "unknown-backend": "{}: crosshook has no adapter for this backend, and told it about the "
    "target as it tells any build tool",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something that the wrapper wants the user to know."""

    kind: str
    """``missing-extension``: an extension module that was declared and is not in the wheel;
    ``asked-processor``: somebody asked what the processor of this machine is;
    ``cause``: why a build failed, as far as an adapter can tell;
    ``unreadable-report``: what stands in the report file and was not written by the wrapper;
    ``unknown-backend``: the name of a backend that no adapter knows;
    ``note``: something that an adapter chose; ``left-out-flags``: flags that the compiler was not
    given, each reported by itself as ``left-out-flag``."""
    subject: str

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind].format(self.subject)

    @property
    def is_problem(self) -> bool:
        """Whether something may be wrong with the wheel."""
        return self.kind not in ("note", "left-out-flags", "unknown-backend")

    @property
    def explains(self) -> bool:
        """Whether it may be why there is no wheel, or no good one."""
        return self.is_problem or self.kind == "unknown-backend"


def report(kind: str, subject: str) -> None:
    """Tell the frontend, or stderr if no frontend listens."""
    remark = Remark(kind=kind, subject=subject)
    file = os.environ.get(VARIABLE)
    if file is None:
        kind = "warning" if remark.is_problem else "note"
        print(f"crosshook: {kind}: {remark.sentence}", file=sys.stderr)
        return
    with open(file, "a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": kind, "subject": subject}) + "\n")


def read_report(file: Path) -> tuple[Remark, ...]:
    """Return what was reported into a file, in order, each once; flags in one remark."""
    remarks = []
    left_out = []
    for line in _lines(file):
        try:
            data = json.loads(line)
            kind, subject = data["kind"], data["subject"]
            if not isinstance(kind, str) or not isinstance(subject, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            remarks.append(Remark(kind="unreadable-report", subject=repr(line[:_SHOWN])))
            break
        if kind == "left-out-flag":
            left_out.append(subject)
        elif kind in _SENTENCES:
            remarks.append(Remark(kind=kind, subject=subject))
    if left_out:
        flags = " ".join(dict.fromkeys(left_out))
        remarks.append(Remark(kind="left-out-flags", subject=flags))
    return tuple(dict.fromkeys(remarks))


def _lines(file: Path) -> list[str]:
    """Return the lines of a report, whatever a build may have made of the file."""
    # Not a pipe, which has no end.
    if file.is_symlink() or not file.is_file():
        return []
    with file.open(encoding="utf-8", errors="replace") as stream:
        return stream.read(_LARGEST).splitlines()


def asked_questions(log: Path) -> tuple[str, ...]:
    """Return what the overlay wrote down of questions about this machine's processor."""
    if not log.is_file():
        return ()
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return tuple(
        dict.fromkeys(f"{line['who']} asked {line['what']} what the processor is" for line in lines)
    )


def missing_extensions(plan: Plan, wheel: Path) -> Iterator[str]:
    """Yield the dotted names of extension modules that were declared and are not in the wheel.

    Libraries for ctypes are declared so as well: ``lib`` may stand before their names.
    """
    declared = Path(plan.declared_extensions) if plan.declared_extensions else None
    if declared is None or not declared.is_file() or not wheel.is_file():
        return
    with zipfile.ZipFile(wheel) as archive:
        files = [PurePosixPath(name) for name in archive.namelist()]
    built = {path for file in files if _is_library(file) for path in _module_paths(file)}
    lines = declared.read_text(encoding="utf-8").splitlines()
    for name in dict.fromkeys(json.loads(line) for line in lines):
        path = name.replace(".", "/")
        if not any(module == path or module.endswith(f"/{path}") for module in built):
            yield name


def _is_library(file: PurePosixPath) -> bool:
    # libx.so.1 is one as well.
    return any(suffix in _LIBRARY_SUFFIXES for suffix in file.suffixes)


def _module_paths(file: PurePosixPath) -> Iterator[str]:
    name = file.name.partition(".")[0]
    for module in (name, name.removeprefix("lib")):
        yield str(file.parent / module)
