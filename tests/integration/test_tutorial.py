"""The tutorial, word for word, with the environment that runs the tests for the one it makes."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from scripts.tutorial import commands, follow

FIRST = "crosshook --version"


@pytest.mark.integration
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the tutorial tests a wheel on x86-64 Linux",
)
def test_what_the_tutorial_shows(environ: dict[str, str], tmp_path: Path) -> None:
    typed = commands()
    (start,) = (number for number, one in enumerate(typed) if one.command == FIRST)
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, environ["PATH"]])
    assert follow(typed[start:], tmp_path, {**environ, "PATH": path}).as_shown
