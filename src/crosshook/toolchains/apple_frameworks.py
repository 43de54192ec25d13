"""Apple's frameworks without Apple's SDK: text stubs, which say no more than where each one is.

Code in Rust and the like declares what it calls by itself, and needs no header of a framework: only
something to link. The linker writes the install name of a stub into the module, and what the stub
does not define is looked up when the module is loaded, as Python's own names are. Whoever includes
a header of a framework needs the SDK, which ``SDKROOT`` names.

Source of the names: the load commands of official wheels, by ``scripts/apple_frameworks.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from crosshook.errors import UsageError

FRAMEWORKS_FILE = Path(__file__).parent / "data" / "apple-frameworks.txt"
"""An install name each line."""

FROM_SYSTEM = re.compile(
    r"/System/Library/Frameworks/(?P<name>\w+)\.framework/Versions/[A-Z]/(?P=name)"
)
"""The install name of a framework that macOS has."""

_STUB = """\
--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, arm64-macos ]
install-name:    '{install_name}'
...
"""

_IN_SDK = ("System", "Library", "Frameworks")


def framework_names() -> frozenset[str]:
    """Return what the frameworks are called, which their headers' names begin with."""
    return frozenset(Path(line).name for line in _install_names())


def _install_names() -> list[str]:
    return FRAMEWORKS_FILE.read_text(encoding="utf-8").splitlines()


def framework_stubs(directory: Path) -> Mapping[str, str]:
    """Return the text of a stub for each framework, by absolute path.

    :param directory: Where they may be: what ``-F`` names.
    """
    found = {}
    for install_name in _install_names():
        name = Path(install_name).name
        place = directory / f"{name}.framework" / f"{name}.tbd"
        found[str(place)] = _STUB.format(install_name=install_name)
    return found


def find_sdk(environ: Mapping[str, str]) -> Path | None:
    """Return Apple's SDK that ``SDKROOT`` names; None if it is not set.

    :raises UsageError: if it is not one of macOS.
    """
    named = environ.get("SDKROOT", "").strip()
    if not named:
        return None
    sdk = Path(named)
    if not sdk.is_absolute() or not sdk.joinpath(*_IN_SDK).is_dir():
        raise UsageError(
            f"SDKROOT={named}, from the environment: no SDK of macOS: it has no "
            f"{'/'.join(_IN_SDK)}, or is not an absolute path",
            hint="name the directory MacOSX.sdk, or unset it: frameworks whose headers are not "
            "needed can be linked without",
        )
    return sdk


def sdk_flags(sdk: Path) -> tuple[str, ...]:
    """Return what makes a compiler that has a libc of its own find the rest of an SDK."""
    include, libraries = sdk / "usr" / "include", sdk / "usr" / "lib"
    return (f"-F{sdk.joinpath(*_IN_SDK)}", "-idirafter", str(include), f"-L{libraries}")
