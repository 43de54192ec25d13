from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.tags import parse_tag

from crosshook.errors import TargetError
from crosshook.platforms import parse_platform
from crosshook.tags import accepted_tags, promised_glibc
from tests.conftest import MakeTarget


def test_windows(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("win_arm64"))]
    assert tags[:3] == ["cp313-cp313-win_arm64", "cp313-abi3-win_arm64", "cp313-none-win_arm64"]
    assert tags.index("cp312-abi3-win_arm64") < tags.index("py3-none-win_arm64")
    assert tags[-1] == "py30-none-any"
    assert len(set(tags)) == len(tags)


def test_older_glibcs_come_later(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("manylinux_2_19_aarch64"))]
    assert tags[:4] == [
        "cp313-cp313-manylinux_2_19_aarch64",
        "cp313-cp313-manylinux_2_18_aarch64",
        "cp313-cp313-manylinux_2_17_aarch64",
        "cp313-cp313-manylinux2014_aarch64",
    ]
    assert not any("-linux_" in tag for tag in tags)


def test_free_threaded_pythons_have_no_stable_abi(make_target: MakeTarget) -> None:
    target = make_target("win_amd64")
    target = replace(target, python={**target.python, "abi": {"flags": ["t"]}})
    tags = [str(tag) for tag in accepted_tags(target)]
    assert tags[0] == "cp313-cp313t-win_amd64"
    assert not any("-abi3-" in tag or "-cp313-" in tag for tag in tags)


def test_other_implementations(make_target: MakeTarget) -> None:
    target = make_target("win_amd64")
    implementation = {**target.python["implementation"], "name": "pypy"}
    target = replace(target, python={**target.python, "implementation": implementation})
    with pytest.raises(TargetError, match=r"implementation\.name: 'pypy' is not supported"):
        accepted_tags(target)


@pytest.mark.parametrize(
    ("platform", "tags", "promise"),
    [
        ("win_arm64", "cp313-cp313-win_arm64", None),
        ("linux_aarch64", "cp313-cp313-linux_aarch64", ("linux_aarch64", (2, 17))),
        (
            "manylinux_2_28_aarch64",
            "cp313-cp313-manylinux_2_24_aarch64.manylinux_2_28_aarch64",
            ("manylinux_2_24_aarch64", (2, 24)),
        ),
        (
            "manylinux_2_28_aarch64",
            "cp313-cp313-manylinux_2_31_aarch64",
            ("manylinux_2_28_aarch64", (2, 28)),
        ),
    ],
)
def test_what_tags_promise(
    platform: str, tags: str, promise: tuple[str, tuple[int, int]] | None
) -> None:
    assert promised_glibc(parse_tag(tags), parse_platform(platform, source="test")) == promise
