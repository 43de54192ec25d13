"""``python -m crosshook.conformance``: pytest with the kit's plugin and nothing else's settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

OWN = (
    *("-c", os.devnull, "--rootdir", str(Path(__file__).parent), "-p", "no:cacheprovider"),
    *("-p", "crosshook.conformance.plugin", "--pyargs", "crosshook.conformance"),
)

if __name__ == "__main__":
    sys.exit(pytest.main([*OWN, *sys.argv[1:]]))
