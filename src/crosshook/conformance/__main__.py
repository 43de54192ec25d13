"""``python -m crosshook.conformance``: pytest with the kit's plugin and nothing else's settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

OWN = (
    *("-c", os.devnull, "--rootdir", str(Path(__file__).parent), "-p", "no:cacheprovider"),
    *("-p", "crosshook.conformance.plugin", "--pyargs", "crosshook.conformance"),
)


def main() -> int:
    """Run the kit and return pytest's exit code; 1 without pytest."""
    try:
        import pytest
    except ModuleNotFoundError:
        print("error: the kit runs pytest, which is not installed", file=sys.stderr)
        print('hint: pip install "crosshook[conformance]"', file=sys.stderr)
        return 1
    return pytest.main([*OWN, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
