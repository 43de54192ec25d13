"""Cells as jobs: each cell is in one job, and jobs take about as long as each other."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosshook.frontend import times
from crosshook.frontend.matrix import Shard, described, shards
from crosshook.frontend.request import Delivered
from crosshook.frontend.resolve.wanted import Wanted, wanted_targets
from crosshook.target.python_version import parse_python_version

TARGETS = ("win_arm64", "manylinux_2_28_aarch64", "musllinux_1_2_x86_64", "macosx_11_0_arm64")
PYTHONS = ("3.12", "3.13", "3.14t")


def wanted(targets: tuple[str, ...], pythons: tuple[str, ...]) -> tuple[Wanted, ...]:
    default = parse_python_version("3.13", source="test")
    return wanted_targets(targets, pythons, default=default)


def cells_of(found: tuple[Shard, ...]) -> list[times.Cell]:
    return [cell for shard in found for cell in itertools.product(shard.targets, shard.pythons)]


@given(
    targets=st.lists(st.sampled_from(TARGETS), min_size=1, unique=True),
    pythons=st.lists(st.sampled_from(PYTHONS), min_size=1, unique=True),
    count=st.none() | st.integers(1, 20),
    seconds=st.dictionaries(
        st.tuples(st.sampled_from(TARGETS), st.sampled_from(PYTHONS)), st.floats(0, 1e4)
    ),
)
def test_each_cell_is_in_one_job(
    targets: list[str], pythons: list[str], count: int | None, seconds: dict[times.Cell, float]
) -> None:
    found = shards(wanted(tuple(targets), tuple(pythons)), seconds, count)
    assert sorted(cells_of(found)) == sorted(itertools.product(targets, pythons))
    cells = len(targets) * len(pythons)
    assert len(found) == min(count or cells, cells)
    assert all(shard.targets and shard.pythons for shard in found)


def test_the_longest_is_alone() -> None:
    seconds = {(t, p): 10.0 for t in TARGETS for p in PYTHONS}
    seconds.update({(TARGETS[2], p): 30.0 for p in PYTHONS})
    found = shards(wanted(TARGETS, PYTHONS), seconds, 2)
    assert [shard.targets for shard in found] == [
        (TARGETS[0], TARGETS[1], TARGETS[3]),
        TARGETS[2:3],
    ]
    assert [shard.seconds for shard in found] == [90.0, 90.0]


def test_the_pythons_of_the_slowest_target_are_parted() -> None:
    seconds = {(TARGETS[0], p): 60.0 for p in PYTHONS} | {(TARGETS[1], p): 1.0 for p in PYTHONS}
    found = shards(wanted(TARGETS[:2], PYTHONS), seconds, 3)
    assert [(s.targets, s.pythons) for s in found] == [
        (TARGETS[:1], ("3.12", "3.14t")),
        (TARGETS[:1], ("3.13",)),
        (TARGETS[1:2], PYTHONS),
    ]


def test_what_is_not_known_takes_the_mean() -> None:
    seconds = {(TARGETS[0], "3.12"): 10.0, (TARGETS[1], "3.12"): 20.0}
    found = shards(wanted(TARGETS[:3], ("3.12",)), seconds, 2)
    assert [shard.targets for shard in found] == [(TARGETS[0], TARGETS[2]), (TARGETS[1],)]
    assert [shard.seconds for shard in found] == [None, 20.0]


def test_github() -> None:
    cells = wanted(TARGETS[:3], ("3.12", "3.13"))
    data = described(shards(cells, {}, 2), cells, "github")
    assert data["build"]["include"] == [
        {
            "name": "win_arm64 musllinux_1_2_x86_64, Python 3.12, Python 3.13",
            "targets": "win_arm64,musllinux_1_2_x86_64",
            "pythons": "3.12,3.13",
            "artifact": "win_arm64-3.12",
        },
        {
            "name": "manylinux_2_28_aarch64, Python 3.12, Python 3.13",
            "targets": "manylinux_2_28_aarch64",
            "pythons": "3.12,3.13",
            "artifact": "manylinux_2_28_aarch64-3.12",
        },
    ]
    assert {(one["target"], one["runner"]) for one in data["test"]["include"]} == {
        ("win_arm64", "windows-11-arm"),
        ("manylinux_2_28_aarch64", "ubuntu-24.04-arm"),
    }


def test_artifacts_have_names_of_their_own() -> None:
    cells = wanted(TARGETS, PYTHONS)
    for count in range(1, 13):
        build = described(shards(cells, {}, count), cells, "github")["build"]["include"]
        assert len({one["artifact"] for one in build}) == count


def test_gitlab() -> None:
    cells = wanted(TARGETS[:1], ("3.12",))
    assert described(shards(cells, {}, None), cells, "gitlab") == {
        "build win_arm64, Python 3.12": {
            "extends": ".crosshook",
            "variables": {"CROSSHOOK_TARGETS": "win_arm64", "CROSSHOOK_PYTHONS": "3.12"},
        }
    }


# Times.


def test_nothing_is_known_of_a_project_that_was_not_built(tmp_path: Path) -> None:
    assert times.expected(tmp_path, "demo") == {}


@pytest.mark.parametrize("text", ["", "[]", '{"win_arm64": 1}', '{"win_arm64": {"3.12": "x"}}'])
def test_a_file_that_something_broke(tmp_path: Path, text: str) -> None:
    (tmp_path / "times").mkdir()
    (tmp_path / "times" / "demo.json").write_text(text)
    assert times.expected(tmp_path, "demo") == {}


def test_what_failed_has_no_time(tmp_path: Path) -> None:
    def came() -> Generator[Delivered]:
        yield Delivered(target="win_arm64", python="3.12", seconds=1.0)

    assert len(list(times.remembered(came(), tmp_path))) == 1
    assert not (tmp_path / "times").exists()
