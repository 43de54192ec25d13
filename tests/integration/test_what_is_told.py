"""What a setup.py is told of a target, compared with what that target's Python says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import test_on_the_target
from tests.integration.conftest import CommandLine
from tests.integration.test_on_the_target import AARCH64, DIGITS, WIN_AMD64, python_for

pytestmark = test_on_the_target.pytestmark


@pytest.mark.parametrize("tag", [WIN_AMD64, AARCH64])
def test_what_is_told_is_so(
    crosshook: CommandLine, copy_project: Callable[[str], Path], tag: str
) -> None:
    """In setup.py, in what it executes and starts, in the backend, in mypyc and in a library."""
    project = copy_project("told")
    done = crosshook(
        *("--adapt", "--require-native", "--target", tag, "--target-python", python_for(tag)),
        *("--test-command", "python {project}/checks/check.py"),
        project,
    )
    assert done.code == 0, done.err
    assert "warning:" not in done.err
    (wheel,) = done.wheels
    assert wheel.name == f"told-1-cp{DIGITS}-cp{DIGITS}-{tag}.whl"
