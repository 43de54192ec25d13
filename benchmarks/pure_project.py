"""Time a project without compiled code against ``python -m build``.

    python -m benchmarks.pure_project [--repeat N] [--markdown FILE]

The same source tree, each with an isolated environment and the same index. The figure is the ratio
of wall-clock times.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measuring import parser, run_python, smallest, write_table

BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "flit-core": "flit_core.buildapi",
}
"""By what is required, the backend."""
TARGET = "win_arm64"
GOAL = 1.1


def main() -> None:
    arguments = parser(__doc__, repeat=5).parse_args()
    said = (
        "# A project without compiled code",
        "",
        f"Written by `python -m benchmarks.pure_project --repeat {arguments.repeat} --markdown "
        "FILE`:",
        f"`crosshook build --target {TARGET}` over `python -m build --wheel` of the same source",
        "tree, both with an isolated environment; wall-clock time, the least of",
        f"{arguments.repeat} alternating runs.",
    )
    columns = ("backend", "crosshook / build", "goal")
    write_table(said, columns, _rows(arguments.repeat), arguments.markdown)


def _rows(repeat: int) -> Iterator[Sequence[str]]:
    for requirement, backend in BACKENDS.items():
        yield requirement, f"{compare(requirement, backend, repeat):.2f}", f"{GOAL}"


def compare(requirement: str, backend: str, repeat: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "project")
        (root / "src" / "pure_demo").mkdir(parents=True)
        (root / "src" / "pure_demo" / "__init__.py").write_text('"""Nothing but Python."""\n')
        (root / "pyproject.toml").write_text(
            f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{backend}"\n'
            '[project]\nname = "pure-demo"\nversion = "1.0"\ndescription = "pure"\n'
        )
        out = ("--outdir", str(Path(directory, "out")))
        quietly = ("-m", "crosshook", "build", "-q", "--target", TARGET)
        ways = {
            "build": lambda: run_python(("-m", "build", "--wheel", *out, str(root))),
            "crosshook": lambda: run_python((*quietly, *out, str(root))),
        }
        # The first run fetches and compiles files.
        smallest(ways, 1)
        seconds = smallest(ways, repeat)
    return seconds["crosshook"] / seconds["build"]


if __name__ == "__main__":
    main()
