"""Fuzz what takes input from elsewhere, with Google's atheris.

    python -m scripts.fuzz TARGET [--seconds N] [--corpus DIR]

The targets are those of ``scripts/fuzz_targets.py``; seeds are in ``tests/fixtures/fuzz``, one
directory for each. What a run finds is written beside the corpus as ``crash-...``: mend it and keep
the file as a seed. atheris is not among the requirements of development: ``pip install atheris``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "tests" / "fixtures" / "fuzz"


def main() -> None:
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=["crosshook"]):
        from scripts.fuzz_targets import TARGETS, attempt

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path)
    arguments = parser.parse_args()
    corpus = arguments.corpus or Path(tempfile.mkdtemp(prefix="corpus-"))
    corpus.mkdir(exist_ok=True)
    function = TARGETS[arguments.target]
    options = [f"-max_total_time={arguments.seconds}", "-rss_limit_mb=500", "-timeout=20"]
    options += ["-max_len=65536", f"-artifact_prefix={corpus}/"]
    seeds = [str(SEEDS / arguments.target)] if (SEEDS / arguments.target).is_dir() else []
    atheris.Setup([sys.argv[0], *options, str(corpus), *seeds], lambda d: attempt(function, d))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
