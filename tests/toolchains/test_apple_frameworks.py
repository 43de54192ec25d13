"""Apple's frameworks, without an SDK and with one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.errors import UsageError
from crosshook.target.platforms import parse_platform
from crosshook.target.system_libraries import is_macos_library
from crosshook.toolchains import ToolchainPlan, zig
from crosshook.toolchains.apple_frameworks import find_sdk, framework_stubs
from crosshook.wheel.objects import read_object
from scripts.target_pythons import cache


def plan(tag: str, directory: Path, *, sdk: Path | None = None) -> ToolchainPlan:
    executable, version = zig.find_zig()
    return zig.plan(
        executable,
        version,
        parse_platform(tag, source="test"),
        cache=directory,
        zig_cache=str(cache() / "crosshook" / "zig"),
        system="linux",
        python=Path(sys.executable),
        sdk=sdk,
    )


def test_a_stub_says_where_the_framework_is(tmp_path: Path) -> None:
    stubs = framework_stubs(tmp_path)
    text = stubs[str(tmp_path / "Foundation.framework" / "Foundation.tbd")]
    where = "/System/Library/Frameworks/Foundation.framework/Versions/C/Foundation"
    assert f"install-name:    '{where}'\n" in text
    assert is_macos_library(where)


@pytest.mark.parametrize(
    "name", ["CoreFoundation", "CoreServices", "Security", "SystemConfiguration", "IOKit"]
)
def test_what_crates_name_is_there(tmp_path: Path, name: str) -> None:
    assert str(tmp_path / f"{name}.framework" / f"{name}.tbd") in framework_stubs(tmp_path)


def test_other_systems_have_no_frameworks(tmp_path: Path) -> None:
    made = plan("musllinux_1_2_x86_64", tmp_path)
    assert not any("framework" in file for file in made.files)


def test_an_sdk_takes_the_place_of_the_stubs(tmp_path: Path) -> None:
    made = plan("macosx_11_0_arm64", tmp_path, sdk=tmp_path / "MacOSX.sdk")
    assert not any(file.endswith(".tbd") for file in made.files)
    launcher = made.launchers[made.toolchain.commands["cc"][0]]
    assert f"-F{tmp_path}/MacOSX.sdk/System/Library/Frameworks" in launcher


def test_sdkroot_is_not_set() -> None:
    assert find_sdk({}) is None
    assert find_sdk({"SDKROOT": ""}) is None


def test_sdkroot_is_no_sdk(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"SDKROOT=.* no SDK of macOS"):
        find_sdk({"SDKROOT": str(tmp_path)})


CALLS = """\
void *CFRetain(void *);
void *kept(void *thing) { return CFRetain(thing); }
"""

INCLUDES = """\
#include <Thing/Thing.h>
int called(void) { return thing(); }
"""

HEADER = "#include <OnlyInTheSDK.h>\nint thing(void);\n"

STUB = """\
--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, arm64-macos ]
install-name:    '/System/Library/Frameworks/Thing.framework/Versions/A/Thing'
exports:
  - targets:     [ x86_64-macos, arm64-macos ]
    symbols:     [ _thing ]
...
"""


def linked(made: ToolchainPlan, directory: Path, code: str, *flags: str) -> list[tuple[str, ...]]:
    """Link a library; return, for each symbol of a framework, its name and the framework."""
    _files.write_launchers(made.launchers)
    _files.write_kept(made.files)
    (directory / "code.c").write_text(code)
    command = [*made.toolchain.commands["cc"], "-shared", "code.c", "-o", "code.dylib", *flags]
    environ = {**os.environ, **made.toolchain.environ}
    subprocess.run(command, cwd=directory, env=environ, check=True)
    found = read_object("code.dylib", (directory / "code.dylib").read_bytes())
    assert found is not None
    return [tuple(name for name in image.needed if "Frameworks" in name) for image in found.images]


@pytest.mark.integration
def test_code_that_declares_what_it_calls(tmp_path: Path) -> None:
    made = plan("macosx_11_0_arm64", tmp_path / "cache")
    flags = ("-undefined", "dynamic_lookup", "-framework", "CoreFoundation")
    framework = "/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation"
    assert linked(made, tmp_path, CALLS, *flags) == [(framework,)]


@pytest.mark.integration
def test_code_that_includes_a_header_of_the_sdk(tmp_path: Path) -> None:
    sdk = tmp_path / "MacOSX.sdk"
    framework = sdk / "System" / "Library" / "Frameworks" / "Thing.framework"
    for file, text in (
        (framework / "Headers" / "Thing.h", HEADER),
        (framework / "Thing.tbd", STUB),
        (sdk / "usr" / "include" / "OnlyInTheSDK.h", ""),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    made = plan("macosx_11_0_arm64", tmp_path / "cache", sdk=find_sdk({"SDKROOT": str(sdk)}))
    name = "/System/Library/Frameworks/Thing.framework/Versions/A/Thing"
    assert linked(made, tmp_path, INCLUDES, "-framework", "Thing") == [(name,)]
