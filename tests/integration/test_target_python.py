"""Builds for a Python that is known by what it says of itself alone: the dump tool's file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook import dump
from crosshook.wheel.reading import read_wheel
from scripts.target_pythons import DEBIAN_RELEASES, debian_python, windows_python
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

VERSION = "{}.{}".format(*sys.version_info[:2])


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_a_wheel_for_a_device_that_was_asked(
    crosshook: CommandLine, copy_project: Callable[[str], Path], tmp_path: Path, elsewhere: bool
) -> None:
    """The device is an emulated one; with its prefix on this machine, and without."""
    qemu = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if qemu is None or VERSION not in DEBIAN_RELEASES:
        pytest.skip(f"needs qemu-aarch64 and a Debian with Python {VERSION}")
    root = debian_python("arm64", VERSION)
    device = [qemu, "-L", str(root), str(root / f"usr/bin/python{VERSION}")]
    text = subprocess.run([*device, dump.__file__], check=True, capture_output=True).stdout.decode()
    file = tmp_path / "device.json"
    file.write_text(text.replace(str(root), "/device") if elsewhere else text, encoding="utf-8")
    project = copy_project("plain")
    done = crosshook(
        "--adapt", "--target", "linux_aarch64", "--target-python", file, "--json", cwd=project
    )
    assert done.code == 0, done.err
    assert ("development files are composed: /device/usr" in done.err) == elsewhere
    wheel = Path(json.loads(done.out)["wheel"])
    (suffix,) = (n for n in read_wheel(wheel).files if n.startswith("plain_ext."))
    assert suffix == "plain_ext." + json.loads(text)["abi"]["extension_suffix"].lstrip(".")
    site = tmp_path / "site"
    shutil.unpack_archive(wheel, site, "zip")
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import plain_ext"
    subprocess.run([*device, "-c", code], check=True)


def test_a_wheel_for_a_windows_python_that_was_unpacked(
    crosshook: CommandLine, copy_project: Callable[[str], Path]
) -> None:
    prefix = windows_python(VERSION)
    done = crosshook(
        "--adapt",
        "--target",
        "win_amd64",
        "--target-python",
        prefix,
        cwd=copy_project("plain"),
    )
    assert done.code == 0, done.err
