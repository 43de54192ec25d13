"""Running a module of another Python, and nothing that lies in the current directory.

``python -m pip`` looks for ``pip`` in the current directory first, which may be a project that
nobody has looked at. Python 3.11 has ``-P`` against that; this serves 3.10 as well.
"""

from __future__ import annotations

from collections.abc import Mapping

_RUN = (
    "import os, sys; here = os.getcwd(); "
    "sys.path[:] = [entry for entry in sys.path if entry not in ('', here)]; import runpy; "
    "runpy.run_module({!r}, run_name='__main__', alter_sys=True)"
)
"""``os`` and ``sys`` are there already when Python starts. An empty entry, which ``PYTHONPATH`` may
have as well, stands for the current directory."""

_DISTURBING = (
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"),
    *("PIP_PYTHON", "PIP_DRY_RUN", "PIP_REPORT"),
)
"""Variables that say where pip installs for whoever runs crosshook."""


def run(python: str, module: str) -> list[str]:
    """Return the command that runs a module as ``python -m`` does; arguments are appended."""
    return [python, "-c", _RUN.format(module)]


def pip_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would send pip's packages elsewhere."""
    return {name: value for name, value in environ.items() if name not in _DISTURBING}
