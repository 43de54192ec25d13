"""pip, with the environment markers of another Python; run as a script.

``python pip_with_markers.py MARKERS.json install ...``: the file holds the markers' values, the
rest are pip's own arguments. pip has no option for them (pypa/pip#11664), so what answers for the
running Python is replaced, in this process alone.
"""

from __future__ import annotations

import json
import runpy
import sys


def main() -> None:
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        target = json.load(file)
    from pip._vendor.packaging import markers

    missing = markers.default_environment().keys() - target.keys()
    if missing:
        sys.exit(f"no value for the environment markers {', '.join(sorted(missing))}")
    setattr(markers, "default_environment", lambda: dict(target))
    _require(tuple(int(part) for part in target["python_version"].split(".")))
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def _require(version: tuple[int, ...]) -> None:
    """Have the ``Requires-Python`` of wheels compared with a version.

    Before 24.2, ``pip install`` takes that of the Python it runs in, whatever ``--python-version``
    says.
    """
    from pip._internal.resolution.resolvelib.candidates import RequiresPythonCandidate

    plain = RequiresPythonCandidate.__init__

    def of_the_target(self: RequiresPythonCandidate, py_version_info: object) -> None:
        plain(self, version)

    setattr(RequiresPythonCandidate, "__init__", of_the_target)


if __name__ == "__main__":
    main()
