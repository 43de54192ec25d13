from __future__ import annotations

import pytest
from packaging.tags import parse_tag

from crosshook.target.promise import promise_of
from tests.conftest import MakeTarget


@pytest.mark.parametrize(
    ("target", "tags", "tag", "version"),
    [
        ("manylinux_2_28_aarch64", "cp313-cp313-manylinux_2_28_aarch64", None, (2, 28)),
        (
            "manylinux_2_28_aarch64",
            "cp313-cp313-manylinux_2_28_aarch64.manylinux_2_17_aarch64.manylinux2014_aarch64",
            "manylinux2014_aarch64",
            (2, 17),
        ),
        ("manylinux_2_28_aarch64", "cp313-cp313-manylinux_2_39_aarch64", None, (2, 28)),
        ("linux_aarch64", "cp313-cp313-linux_aarch64", None, (2, 17)),
        (
            "musllinux_1_2_aarch64",
            "cp313-cp313-musllinux_1_1_aarch64",
            "musllinux_1_1_aarch64",
            (1, 1),
        ),
        ("macosx_12_0_arm64", "cp313-cp313-macosx_11_0_arm64", "macosx_11_0_arm64", (11, 0)),
        ("win_arm64", "cp313-cp313-win_arm64", None, (10, 0)),
    ],
)
def test_the_least_of_what_a_wheels_tags_promise(
    make_target: MakeTarget, target: str, tags: str, tag: str | None, version: tuple[int, int]
) -> None:
    promise = promise_of(make_target(target)).for_wheel(parse_tag(tags))
    assert (promise.tag, promise.version) == (tag or target, version)


@pytest.mark.parametrize(
    ("tags", "wider"),
    [
        ("cp313-cp313-win_arm64", ()),
        ("cp310-abi3-win_arm64", ("cp310-abi3-win_arm64",)),
        ("py3-none-win_arm64", ("py3-none-win_arm64",)),
        ("cp313-none-win_arm64", ()),
        ("cp312.cp313-cp312.cp313-win_arm64", ("cp312-cp312-win_arm64",)),
        ("cp312-cp312-win_arm64", ()),
    ],
)
def test_tags_for_more_pythons(make_target: MakeTarget, tags: str, wider: tuple[str, ...]) -> None:
    promise = promise_of(make_target("win_arm64")).for_wheel(parse_tag(tags))
    assert {*map(str, promise.wider)} >= set(wider)
    assert bool(promise.wider) == bool(wider)
    assert [str(oldest) for _, oldest in promise.stable] == (["3.10"] if "abi3" in tags else [])


def test_what_the_system_brings(make_target: MakeTarget) -> None:
    linux, musl = (promise_of(make_target(t)) for t in ("linux_aarch64", "musllinux_1_2_aarch64"))
    macos, windows = (promise_of(make_target(t)) for t in ("macosx_11_0_arm64", "win_arm64"))
    assert linux.brings("libstdc++.so.6")
    assert not musl.brings("libstdc++.so.6")
    assert musl.brings("libc.musl-aarch64.so.1")
    assert macos.brings("/usr/lib/libSystem.B.dylib")
    assert not macos.brings("/usr/local/lib/libz.1.dylib")
    assert windows.brings("KERNEL32.dll")
    assert not windows.brings("python313.dll")
