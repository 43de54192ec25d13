"""What makes ``sysconfig`` and friends, inside the build processes, speak of the target Python.

Two places run it: the hook process, where :func:`installed` puts it around the delegate's call and
takes it back; and Python processes that the build starts, through a ``sitecustomize`` that
:func:`for_children` plans. Both run :mod:`crosshook.overlay.apply`, which imports only the
standard library and is copied, as it is, for the children.

It does not touch ``sys.platform``, ``os.name`` or ``platform``: those speak of the machine that
runs the build, which has to find its own files and start its own processes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crosshook.adapters.known_packages import wrapped_functions
from crosshook.adapters.plan import SCRATCH, Plan
from crosshook.overlay import apply
from crosshook.target import Target


def describe(target: Target, target_requires: Sequence[str] = ()) -> Mapping[str, Any]:
    """Return what the overlay makes the target say of itself, as plain JSON.

    :param target_requires: ``[tool.crosshook] target-requires``.
    """
    return {
        "platform": target.platform.sysconfig_platform,
        # Without LIBPYTHON, Meson takes it that modules are linked to Python's library.
        "config_vars": {"LIBPYTHON": "", **target.sysconfig_vars},
        "extension_suffixes": list(target.extension_suffixes),
        "include": target.headers,
        "packages": _packages(target, target_requires),
    }


def _packages(target: Target, target_requires: Sequence[str]) -> Mapping[str, Any] | None:
    if target.target_packages is None:
        return None
    functions = {m: list(names) for m, names in wrapped_functions(target_requires).items()}
    return {"directory": target.target_packages, "functions": functions}


def for_children(target: Target, target_requires: Sequence[str] = ()) -> Plan:
    """Return the plan that installs the overlay in the Python processes of a build."""
    here = Path(__file__).parent
    files = {
        "overlay/sitecustomize.py": (here / "child_sitecustomize.py").read_text(encoding="utf-8"),
        "overlay/_crosshook_overlay.py": (here / "apply.py").read_text(encoding="utf-8"),
        "overlay/overlay.json": json.dumps(describe(target, target_requires), indent=2),
    }
    return Plan(files=files, python_path=(f"{SCRATCH}/overlay",))


@contextlib.contextmanager
def installed(target: Target, target_requires: Sequence[str] = ()) -> Iterator[None]:
    """Install the overlay in this process, and take it back afterwards."""
    undo = apply.install(describe(target, target_requires))
    try:
        yield
    finally:
        undo()
