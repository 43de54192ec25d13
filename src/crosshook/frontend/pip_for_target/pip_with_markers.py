"""pip, with the environment markers of another Python; run as a script.

``python pip_with_markers.py MARKERS.json install ...``: the file holds the markers' values, the
rest are pip's own arguments. pip has no option for them (pypa/pip#11664), so the one function that
answers for the running Python is replaced, in this process alone.

The same goes for ``Requires-Python``: ``pip install`` heeds ``--python-version`` in what an index
says of it, and in what a wheel says takes the running Python.
"""

from __future__ import annotations

import json
import runpy
import sys
from typing import Any


def main() -> None:
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        target = json.load(file)
    from pip._internal.resolution.resolvelib.candidates import RequiresPythonCandidate
    from pip._vendor.packaging import markers

    missing = markers.default_environment().keys() - target.keys()
    if missing:
        sys.exit(f"no value for the environment markers {', '.join(sorted(missing))}")
    setattr(markers, "default_environment", lambda: dict(target))
    version = tuple(int(part) for part in target["python_version"].split("."))
    given = RequiresPythonCandidate.__init__

    def with_version(self: Any, py_version_info: Any) -> None:
        given(self, py_version_info or version)

    setattr(RequiresPythonCandidate, "__init__", with_version)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
