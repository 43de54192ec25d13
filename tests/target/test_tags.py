from __future__ import annotations

import pytest
from packaging.tags import parse_tag

from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion
from crosshook.target.tags import accepted_tags, oldest_of_stable_abi, promised_version
from tests.conftest import MakeTarget, py


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


def test_risc_v_starts_later(make_target: MakeTarget) -> None:
    tags = {tag.platform for tag in accepted_tags(make_target("manylinux_2_32_riscv64"))}
    assert tags == {"manylinux_2_32_riscv64", "manylinux_2_31_riscv64", "any"}


def test_musl(make_target: MakeTarget) -> None:
    tags = {tag.platform for tag in accepted_tags(make_target("musllinux_1_2_s390x"))}
    # No wheel is built for older ones; those that there are run on this one.
    assert tags == {"musllinux_1_2_s390x", "musllinux_1_1_s390x", "musllinux_1_0_s390x", "any"}


def test_macos(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("macosx_11_0_arm64"))]
    assert tags[:2] == ["cp313-cp313-macosx_11_0_arm64", "cp313-cp313-macosx_11_0_universal2"]
    assert not any("x86_64" in tag or "macosx_12" in tag for tag in tags)
    tags = [str(tag) for tag in accepted_tags(make_target("macosx_10_13_x86_64"))]
    assert "cp313-cp313-macosx_10_9_x86_64" in tags
    assert "cp313-cp313-macosx_10_13_universal2" in tags


def test_free_threaded_pythons_have_no_stable_abi(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("win_amd64", "3.13t"))]
    assert tags[0] == "cp313-cp313t-win_amd64"
    assert not any("-abi3-" in tag or "-cp313-" in tag for tag in tags)


def test_free_threaded_pythons_have_a_stable_abi_since_3_15(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("win_amd64", "3.15t"))]
    assert tags[:2] == ["cp315-cp315t-win_amd64", "cp315-abi3t-win_amd64"]
    assert not any("-abi3-" in tag for tag in tags)


@pytest.mark.parametrize(
    ("tag", "oldest"),
    [
        ("cp310-abi3-win_arm64", py("3.10")),
        ("cp315-abi3t-win_arm64", py("3.15t")),
        ("cp315-cp315-win_arm64", None),
        ("py3-none-any", None),
        ("cp3-abi3-win_arm64", None),
        (f"cp3{'1' * 5000}-abi3-win_arm64", None),
    ],
)
def test_the_oldest_python_of_a_stable_abi(tag: str, oldest: PythonVersion | None) -> None:
    (parsed,) = parse_tag(tag)
    assert oldest_of_stable_abi(parsed) == oldest


def test_pypy(make_target: MakeTarget) -> None:
    tags = [str(tag) for tag in accepted_tags(make_target("manylinux_2_17_aarch64", "pypy3.11"))]
    # In the order of packaging.tags.sys_tags() in PyPy.
    assert tags[:4] == [
        "pp311-pypy311_pp73-manylinux_2_17_aarch64",
        "pp311-pypy311_pp73-manylinux2014_aarch64",
        "pp311-none-manylinux_2_17_aarch64",
        "pp311-none-manylinux2014_aarch64",
    ]
    assert "pp3-none-any" in tags
    assert not any("abi3" in tag or tag.startswith("cp") for tag in tags)


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
        (
            "musllinux_1_2_i686",
            "cp313-cp313-musllinux_1_2_i686",
            ("musllinux_1_2_i686", (1, 2)),
        ),
        (
            "macosx_14_0_arm64",
            "cp313-cp313-macosx_11_0_arm64.macosx_14_0_arm64",
            ("macosx_11_0_arm64", (11, 0)),
        ),
    ],
)
def test_what_tags_promise(
    platform: str, tags: str, promise: tuple[str, tuple[int, int]] | None
) -> None:
    assert promised_version(parse_tag(tags), parse_platform(platform, source="test")) == promise
