"""Another distribution's adapter, toolchain and Pythons take part in a real build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.toolchains.zig import find_zig
from tests.integration.conftest import CommandLine
from tests.plugins import install_example

pytestmark = pytest.mark.integration


def test_the_worked_example(
    environ: dict[str, str], copy_project: Callable[[str], Path], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    install_example(site)
    zig, _ = find_zig()
    compiler = tmp_path / "compiler"
    compiler.write_text(
        f'#!/bin/sh\nexec {zig} cc -target aarch64-linux-gnu.2.28 "$@"\n', encoding="utf-8"
    )
    compiler.chmod(0o755)
    crosshook = CommandLine(
        environ={
            **environ,
            "PYTHONPATH": f"{environ.get('PYTHONPATH', '')}:{site}".lstrip(":"),
            "EXAMPLE_COMPILER": str(compiler),
            "EXAMPLE_PYTHONS": str(tmp_path),
            "ZIG_GLOBAL_CACHE_DIR": f"{environ['CROSSHOOK_CACHE_DIR']}/zig",
        }
    )
    project = copy_project("plugins/project")
    options = ["--adapt", "--require-native", "--toolchain", "example"]
    options += ["--python-source", "example", "--outdir", str(tmp_path / "dist")]
    done = crosshook("--target", "manylinux_2_28_aarch64", *options, project)
    assert done.code == 0, done.err
    assert "note: example: for manylinux_2_28_aarch64" in done.err
    (wheel,) = done.wheels
    assert wheel.name.endswith("-manylinux_2_28_aarch64.whl")
