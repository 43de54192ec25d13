"""Conda's packages: what is asked for, and real ones from a channel on loopback."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crosshook import _kept
from crosshook.errors import LibraryError, UsageError
from crosshook.libraries import conda
from crosshook.libraries.layout import look
from crosshook.libraries.provenance import describe
from crosshook.target.platforms import parse_platform
from crosshook.target.systems import ROWS
from tests.factory import make_elf
from tests.libraries.conda_channel import PLACEHOLDER, add_package, served, write_index

AARCH64 = "manylinux_2_28_aarch64"


@pytest.mark.parametrize(
    ("tag", "subdir", "versions"),
    [
        (AARCH64, "linux-aarch64", {"__glibc": "2.28"}),
        ("manylinux2014_x86_64", "linux-64", {"__glibc": "2.17"}),
        ("manylinux_2_28_i686", "linux-32", {"__glibc": "2.28"}),
        ("linux_ppc64le", "linux-ppc64le", {"__glibc": "2.17"}),
        ("macosx_11_0_arm64", "osx-arm64", {"__osx": "11.0"}),
        ("macosx_10_13_x86_64", "osx-64", {"__osx": "10.13"}),
        ("win_amd64", "win-64", {"__win": "10.0"}),
        ("win_arm64", "win-arm64", {"__win": "10.0"}),
        ("win32", "win-32", {"__win": "10.0"}),
    ],
)
def test_what_conda_calls_it(tag: str, subdir: str, versions: Mapping[str, str]) -> None:
    platform = parse_platform(tag, source="test")
    assert conda.subdir_of(platform) == subdir
    found = conda.virtual_packages(platform)
    assert found.items() >= versions.items()
    assert ("__unix" in found) == ("__win" not in found)


def provide(wanted: str, tag: str, cache: Path, channel: str = "") -> Path:
    platform = parse_platform(tag, source="test")
    environ = {conda.CHANNEL: channel}
    return conda.provide(wanted, platform, environ=environ, cache=cache, note=lambda text: None)


@pytest.mark.parametrize("wanted", ["", "zlib", "/zlib", "conda-forge/", "conda-forge/,"])
def test_no_channel_with_packages(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match=r"is not CHANNEL/PACKAGE|names no channel") as caught:
        provide(wanted, AARCH64, tmp_path)
    assert "conda:conda-forge/libxml2" in (caught.value.hint or "")


def test_no_packages_for_the_target(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="conda has no packages for musllinux_1_2_aarch64"):
        provide("conda-forge/zlib", "musllinux_1_2_aarch64", tmp_path)


class TestPackages:
    @pytest.fixture(autouse=True)
    def needs_rattler(self) -> None:
        pytest.importorskip("rattler")

    @pytest.fixture
    def channel(self, tmp_path: Path) -> Path:
        """A channel with a library for one platform, and what links to it."""
        channel = tmp_path / "served" / "channel"
        package_file = f"prefix={PLACEHOLDER}\nName: z\nVersion: 1.3\nLibs: -L${{prefix}}/lib -lz\n"
        add_package(
            channel,
            "libz",
            "1.3",
            subdir="linux-aarch64",
            files={"lib/libz.so.1.3": make_elf(183)},
            links={"lib/libz.so.1": "libz.so.1.3", "lib/libz.so": "libz.so.1"},
            depends=["__glibc >=2.17"],
        )
        add_package(
            channel,
            "zlib",
            "1.3",
            subdir="linux-aarch64",
            files={"include/zlib.h": b"", "lib/pkgconfig/zlib.pc": package_file.encode()},
            depends=["libz 1.3"],
        )
        add_package(
            channel,
            "newer",
            "1.0",
            subdir="linux-aarch64",
            files={"include/newer.h": b""},
            depends=["__glibc >=2.34"],
        )
        add_package(channel, "win", "1.0", subdir="win-64", files={"Library/include/win.h": b""})
        write_index(channel)
        return channel

    @pytest.fixture
    def url(self, channel: Path) -> Iterator[str]:
        with served(channel.parent) as address:
            yield f"{address}/{channel.name}"

    def test_with_all_that_they_need(self, url: str, tmp_path: Path) -> None:
        place = provide(f"{url}/zlib>=1,<2", AARCH64, tmp_path / "cache")
        (prefix,) = look(place, parse_platform(AARCH64, source="test"), source="test").prefixes
        assert prefix.root == place
        text = (place / "lib/pkgconfig/zlib.pc").read_text(encoding="utf-8")
        assert text.startswith(f"prefix={place}\n")
        assert (place / "lib/libz.so").resolve().name == "libz.so.1.3"
        assert _kept.what_is_wrong(place) is None
        assert not list(place.glob("crosshook-conda*"))

    def test_what_is_said_of_one_that_is_packed(self, url: str, tmp_path: Path) -> None:
        place = provide("zlib", AARCH64, tmp_path / "cache", channel=url)
        platform = parse_platform(AARCH64, source="test")
        found = describe("demo.libs/libz-1a2b3c4d.so.1", look(place, platform, source="").prefixes)
        assert found.said == "libz 1.3"
        assert (found.purl or "").startswith("pkg:conda/libz@1.3?build=0&channel=http")
        assert found.licences == {"libz/LICENSE": b"the licence of libz\n"}

    def test_once(self, channel: Path, tmp_path: Path) -> None:
        with served(channel.parent) as address:
            wanted = f"{address}/{channel.name}/zlib,libz"
            place = provide(wanted, AARCH64, tmp_path)
        assert provide(wanted.replace("zlib,libz", "libz,zlib"), AARCH64, tmp_path) == place

    def test_for_windows(self, url: str, tmp_path: Path) -> None:
        place = provide(f"{url}/win", "win_amd64", tmp_path)
        (prefix,) = look(place, parse_platform("win_amd64", source="test"), source="").prefixes
        assert prefix.root == place / "Library"

    @pytest.mark.parametrize(
        ("wanted", "tag", "said"),
        [
            ("nowhere", AARCH64, "No candidates were found for nowhere"),
            ("zlib>=2", AARCH64, "No candidates were found for zlib"),
            ("zlib", "win_amd64", "for win-64: .*No candidates"),
            ("newer", "manylinux_2_28_aarch64", "newer .* cannot be installed"),
            ("zlib[[", AARCH64, "for linux-aarch64: "),
        ],
    )
    def test_there_is_none(
        self, url: str, tmp_path: Path, wanted: str, tag: str, said: str
    ) -> None:
        with pytest.raises(LibraryError, match=said) as caught:
            provide(f"{url}/{wanted}", tag, tmp_path)
        assert caught.value.message.startswith(f"--libraries: conda:{url}/{wanted}: ")
        assert url in (caught.value.hint or "")
        assert not list((tmp_path / "libraries").glob("conda-*[0-9a-f]"))

    def test_one_that_a_newer_glibc_would_do_for(self, url: str, tmp_path: Path) -> None:
        assert provide(f"{url}/newer", "manylinux_2_34_aarch64", tmp_path).is_dir()

    @pytest.mark.parametrize("name", ["nothing", "http://127.0.0.1:1"])
    def test_there_is_no_channel(self, tmp_path: Path, name: str) -> None:
        named = str(tmp_path / name) if name == "nothing" else name
        with pytest.raises(LibraryError, match="for linux-aarch64: "):
            provide(f"{named}/zlib", AARCH64, tmp_path)

    def test_another_package_than_the_channel_s_index_says(
        self, channel: Path, url: str, tmp_path: Path
    ) -> None:
        files = {"lib/libz.so.1.3": make_elf(62)}
        add_package(channel, "libz", "1.3", subdir="linux-aarch64", files=files)
        with pytest.raises(LibraryError, match="failed to fetch libz") as caught:
            provide(f"{url}/zlib", AARCH64, tmp_path)
        assert "hash mismatch" in (caught.value.detail or "")

    def test_rattler_knows_every_subdir(self) -> None:
        from rattler import Subdir

        for row in ROWS:
            subdir = conda.subdir_of(parse_platform(row.plain_tag, source="test"))
            assert subdir is None or str(Subdir(subdir)) == subdir


@pytest.mark.skipif(importlib.util.find_spec("rattler") is not None, reason="rattler is installed")
def test_rattler_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as caught:
        provide("conda-forge/zlib", AARCH64, tmp_path)
    assert caught.value.hint == 'pip install "crosshook[conda]"'
