"""Libraries that are packed into a wheel for macOS: what its modules load, and from where.

Nothing here runs macOS. What its loader would read is looked at.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.wheel.reading import read_wheel
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

SOURCES = {
    "inner": "int inner(void) { return 2; }\n",
    "answer": "int inner(void);\nint answer(void) { return 40 + inner(); }\n",
}


@pytest.mark.parametrize("installed", ["@rpath", "/opt/homebrew/opt/answer/lib"])
def test_they_are_loaded_from_the_wheel(
    crosshook: CommandLine, copy_project: Callable[[str], Path], tmp_path: Path, installed: str
) -> None:
    """Whatever install names they had: by ``@rpath``, or Homebrew's absolute ones."""
    project = copy_project("links_library")
    prefix = tmp_path / "prefix"
    (prefix / "lib").mkdir(parents=True)
    (project / "answer").rename(prefix / "include")
    cache = f"{crosshook.environ['CROSSHOOK_CACHE_DIR']}/zig"
    for name, code in SOURCES.items():
        (tmp_path / f"{name}.c").write_text(code)
        command = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-macos.11.0"]
        command += [
            "-shared",
            f"-Wl,-install_name,{installed}/lib{name}.1.dylib",
            f"-L{prefix}/lib",
            f"-Wl,-rpath,{prefix}/lib",
        ]
        command += ["-o", f"{prefix}/lib/lib{name}.1.dylib", str(tmp_path / f"{name}.c")]
        command += ["-linner"] if name == "answer" else []
        environ = {**crosshook.environ, "ZIG_GLOBAL_CACHE_DIR": cache}
        subprocess.run(command, env=environ, check=True)
        (prefix / "lib" / f"lib{name}.dylib").symlink_to(f"lib{name}.1.dylib")
    words = ["--adapt", "--require-native", "--target", "macosx_11_0_arm64"]
    done = crosshook(*words, "--libraries", prefix, project)
    assert done.code == 0, done.err
    assert "a path of the build machine" not in done.err
    loads = {one.name: set(one.needed) for one in read_wheel(done.wheels[0]).objects}
    (module,) = (name for name in loads if "/" not in name)
    packed = "links_library.dylibs"
    system = "/usr/lib/libSystem.B.dylib"
    assert loads == {
        module: {system, f"@loader_path/{packed}/libanswer.1.dylib"},
        f"{packed}/libanswer.1.dylib": {system, "@loader_path/libinner.1.dylib"},
        f"{packed}/libinner.1.dylib": {system},
    }
