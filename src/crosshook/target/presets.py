"""Names for several targets: what cibuildwheel builds by default, on all runners together.

The source is its ``archs = "auto"``: on each runner the machine that it is, and on x86-64 Windows
32 bits as well; for Linux with glibc and with musl.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosshook.errors import UsageError

_OF_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "all-linux": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64"),
    "all-musllinux": ("musllinux_1_2_x86_64", "musllinux_1_2_aarch64"),
    "all-macos": ("macosx_10_9_x86_64", "macosx_11_0_arm64"),
    "all-windows": ("win_amd64", "win32", "win_arm64"),
}

PRESETS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(tag for tags in _OF_SYSTEMS.values() for tag in tags),
    **_OF_SYSTEMS,
}
"""Wheel platform tags, by a name that stands for them."""


def expanded(text: str, *, source: str) -> tuple[str, ...]:
    """Return the tags that a name stands for; a text that is no such name as it is.

    :param source: Where the text came from, for the error.
    :raises UsageError: if it looks like such a name, and is none.
    """
    if text in PRESETS:
        return PRESETS[text]
    if text.partition("-")[0].lower() == "all":
        raise UsageError(f"{source}: {text!r} is none of {', '.join(PRESETS)}")
    return (text,)
