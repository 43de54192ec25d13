"""What makes the processes of a build speak of the target.

``sysconfig`` and friends speak of the target Python to everybody who asks: backends name and
compile by them. ``sys.platform``, ``platform``, ``struct`` and others speak of the target to the
project's own modules, if its adapter says so: the *view*. All others need the truth about the
machine that they run on, to find their own files and to start their own processes.

Two places run it: the hook process, where :func:`installed` puts it around the delegate's call and
takes it back; and Python processes that the build starts, through a ``sitecustomize`` that
:func:`for_children` plans. Both run :mod:`crosshook.overlay.inside`, which imports only the
standard library and is copied, as it is, for the children. What is answered, and what is not, is
:mod:`crosshook.overlay.questions`.
"""

from __future__ import annotations

import contextlib
import json
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crosshook.adapters.known_packages import wrapped_functions
from crosshook.adapters.plan import RUNNER, SCRATCH, Plan
from crosshook.overlay import facts, inside
from crosshook.target import Target

_OVERLAY = "overlay"
"""In the plan's scratch directory: what Pythons that the build starts import the overlay from."""

_VARIABLE = "CROSSHOOK_OVERLAY"

PATH_FILE = (
    f"import os, sys; one = os.environ.get({_VARIABLE!r}); one and one not in sys.path and "
    "not sys.flags.ignore_environment and sys.path.insert(0, one)\n"
)
"""A ``.pth`` file for a build environment: its Pythons have the overlay also where a Makefile or a
shell script starts them with a ``PYTHONPATH`` of its own."""

ASKED_LOG = "asked.jsonl"
"""In the plan's scratch directory: who asked this machine's processor what it is, a JSON line for
each time with ``what`` and ``who``."""


def describe(
    target: Target,
    target_requires: Sequence[str] = (),
    project: Path | None = None,
    tools: Sequence[str] = (),
    hooks: Sequence[str] = (),
    scratch: str = SCRATCH,
) -> Mapping[str, Any]:
    """Return what the overlay makes the target say of itself, as plain JSON.

    :param target_requires: ``[tool.crosshook] target-requires``.
    :param project: The source tree whose modules see the target; None if they do not.
    :param tools: Directories in it with build tools, which see this machine.
    :param hooks: Packages elsewhere that are the project's build hooks, which see what it sees.
    :param scratch: The plan's scratch directory.
    """
    return {
        "platform": target.platform.sysconfig_platform,
        "config_vars": _config_vars(target),
        "extension_suffixes": list(target.extension_suffixes),
        "include": target.headers,
        "packages": _packages(target, target_requires),
        "target": facts.of_packages(target),
        "runner": f"{scratch}/{RUNNER}",
        "python_path": f"{scratch}/{_OVERLAY}",
        "project": project
        and {
            "root": str(project),
            "tools": list(tools),
            "hooks": list(hooks),
            "sees": facts.of_view(target, scratch),
        },
    }


def _config_vars(target: Target) -> Mapping[str, str | int]:
    """Return the target's variables, and those that sysconfig finds in pyconfig.h there."""
    # Without LIBPYTHON, Meson takes it that modules are linked to Python's library.
    told: Mapping[str, str | int] = {"LIBPYTHON": "", **target.sysconfig_vars}
    file = Path(target.headers or "") / "pyconfig.h"
    if target.platform.system.os_name != "posix" or not file.is_file():
        return told
    with file.open(encoding="utf-8") as stream:
        return {**sysconfig.parse_config_h(stream), **told}


def _packages(target: Target, target_requires: Sequence[str]) -> Mapping[str, Any] | None:
    if target.target_packages is None:
        return None
    functions = {m: list(names) for m, names in wrapped_functions(target_requires).items()}
    return {"directory": target.target_packages, "functions": functions}


def for_children(
    target: Target,
    target_requires: Sequence[str] = (),
    project: Path | None = None,
    tools: Sequence[str] = (),
    hooks: Sequence[str] = (),
) -> Plan:
    """Return the plan that installs the overlay in the Python processes of a build.

    The parameters are those of :func:`describe`.
    """
    here = Path(__file__).parent
    files = {
        f"{_OVERLAY}/_crosshook_overlay/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted((here / "inside").glob("*.py"))
    }
    files[f"{_OVERLAY}/sitecustomize.py"] = (here / "child_sitecustomize.py").read_text(
        encoding="utf-8"
    )
    described = describe(target, target_requires, project, tools, hooks)
    files[f"{_OVERLAY}/overlay.json"] = json.dumps(described, indent=2)
    directory = f"{SCRATCH}/{_OVERLAY}"
    return Plan(environ={_VARIABLE: directory}, files=files, python_path=(directory,))


@contextlib.contextmanager
def installed(
    target: Target,
    target_requires: Sequence[str] = (),
    project: Path | None = None,
    tools: Sequence[str] = (),
    hooks: Sequence[str] = (),
    *,
    scratch: Path | None = None,
) -> Iterator[None]:
    """Install the overlay in this process, and take it back afterwards.

    The parameters are those of :func:`describe`.

    :param scratch: The plan's scratch directory. Without, :data:`ASKED_LOG` is not written.
    """
    log = str(scratch / ASKED_LOG) if scratch is not None else None
    told = describe(target, target_requires, project, tools, hooks, str(scratch or SCRATCH))
    undo = inside.install(told, log)
    try:
        yield
    finally:
        undo()
