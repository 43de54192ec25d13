"""Time a project without compiled code against ``python -m build``.

    python -m benchmarks.pure_project [--repeat N] [--markdown FILE]

The same source tree, each with an isolated environment and the same index. The two alternate; the
figure is the ratio of the medians of wall-clock time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import measure

BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "flit-core": "flit_core.buildapi",
}
"""By what is required, the backend."""
TARGET = "win_arm64"
GOAL = 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    lines = [
        "# A project without compiled code",
        "",
        f"Written by `python -m benchmarks.pure_project --repeat {arguments.repeat}`:",
        f"`crosshook build --target {TARGET}` over `python -m build --wheel` of the same source",
        "tree, both with an isolated environment; medians of wall-clock time.",
        "",
        "| backend | crosshook / build | goal |",
        "|---|---|---|",
    ]
    for requirement, backend in BACKENDS.items():
        ratio = compare(requirement, backend, arguments.repeat)
        lines.append(f"| {requirement} | {ratio:.2f} | {GOAL} |")
        print(lines[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")


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
        ways = {
            "build": ("-m", "build", "--wheel", *out, str(root)),
            "crosshook": ("-m", "crosshook", "build", "-q", "--target", TARGET, *out, str(root)),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(repeat + 1):
            for way, words in ways.items():
                took = measure(words).seconds
                if number:
                    seconds[way].append(took)
    return statistics.median(seconds["crosshook"]) / statistics.median(seconds["build"])


if __name__ == "__main__":
    main()
