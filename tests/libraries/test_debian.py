"""What is refused before apt is asked, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook import _files, _kept
from crosshook.errors import UsageError
from crosshook.libraries import debian
from crosshook.target.platforms import parse_platform


def provide(wanted: str, tag: str, cache: Path) -> Path:
    platform = parse_platform(tag, source="test")
    return debian.provide(wanted, platform, cache=cache, note=lambda text: None)


@pytest.mark.parametrize(
    "wanted", ["", "trixie", "trixie/", "/zlib1g-dev", "trixie/-oX", "../x/zlib1g-dev", "13/zlib"]
)
def test_no_release_with_packages(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match="RELEASE/PACKAGE"):
        provide(wanted, "manylinux_2_41_aarch64", tmp_path)


@pytest.mark.parametrize("tag", ["win_arm64", "musllinux_1_2_aarch64", "macosx_11_0_arm64"])
def test_no_glibc(tmp_path: Path, tag: str) -> None:
    with pytest.raises(UsageError, match="for glibc, and not for"):
        provide("trixie/zlib1g-dev", tag, tmp_path)


def test_what_was_unpacked_before(tmp_path: Path) -> None:
    """In whatever order packages are named; without asking anybody."""

    def fill(draft: Path) -> None:
        _files.write_files(draft, {"usr/include/zlib.h": ""})

    place = debian.place_of("trixie", "arm64", ("libxml2-dev", "zlib1g-dev"), tmp_path)
    _kept.keep_directory(place, fill, note=lambda text: None)
    for wanted in ("trixie/zlib1g-dev,libxml2-dev", "trixie/libxml2-dev,zlib1g-dev"):
        assert provide(wanted, "manylinux_2_41_aarch64", tmp_path) == place
