"""The cells of a request as jobs of a CI service: shared out so that all take about as long.

A job is one ``crosshook build``: some targets, each with the same Pythons. So a target's Pythons
stay together as long as there are as many targets as jobs, and a wheel for the stable ABI is built
once; where there are more jobs, the Pythons of the targets that take longest are parted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosshook.frontend.resolve.wanted import Wanted
from crosshook.frontend.times import Cell
from crosshook.target.platforms import Platform
from crosshook.target.python_version import title_of

FORMATS = ("github", "gitlab", "json")
"""What ``--format`` takes."""

_RUNNERS: Mapping[tuple[str, str], str] = {
    ("glibc", "x86_64"): "ubuntu-24.04",
    ("glibc", "aarch64"): "ubuntu-24.04-arm",
    ("windows", "x86_64"): "windows-2025",
    ("windows", "aarch64"): "windows-11-arm",
    ("macos", "x86_64"): "macos-15-intel",
    ("macos", "aarch64"): "macos-15",
}
"""By system and processor: GitHub's runner that is such a machine, as the page "GitHub-hosted
runners" of its documentation lists them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """A job: every one of some targets with every one of some Pythons."""

    targets: tuple[str, ...]
    """Wheel platform tags."""
    pythons: tuple[str, ...]
    seconds: float | None
    """How long it is expected to take on one core; None if that is not known of each cell."""

    @property
    def name(self) -> str:
        return f"{' '.join(self.targets)}, {', '.join(map(title_of, self.pythons))}"


def shards(
    wanted: Sequence[Wanted], times: Mapping[Cell, float], count: int | None
) -> tuple[Shard, ...]:
    """Return the jobs for some cells, in the order of the cells.

    :param wanted: Every target with every Python, as a request has them.
    :param times: The seconds that cells took before. A cell without takes what the others take in
        the mean.
    :param count: How many jobs there may be; None for one for each cell. There are fewer where
        there are fewer cells.
    """
    targets = tuple(dict.fromkeys(one.platform.tag for one in wanted))
    pythons = tuple(dict.fromkeys(str(one.python) for one in wanted))
    known = [times[cell] for t in targets for p in pythons if (cell := (t, p)) in times]
    mean = sum(known) / len(known) if known else 1.0

    def seconds(target: str, versions: Sequence[str]) -> float:
        return sum(times.get((target, version), mean) for version in versions)

    count = min(count or len(wanted), len(wanted))
    if count <= len(targets):
        weights = {target: seconds(target, pythons) for target in targets}
        shares = [(share, pythons) for share in _balanced(weights, count)]
    else:
        shares = _parted(targets, pythons, times, mean, count)
    return tuple(
        Shard(
            targets=own,
            pythons=versions,
            seconds=sum(seconds(target, versions) for target in own)
            if all((t, p) in times for t in own for p in versions)
            else None,
        )
        for own, versions in shares
    )


def _balanced(weights: Mapping[str, float], count: int) -> list[tuple[str, ...]]:
    """Return names in groups that weigh about the same: the heaviest first, each to the group that
    weighs least so far. In their order, within and among groups."""
    groups: list[list[str]] = [[] for _ in range(count)]
    loads = [0.0] * count
    order = list(weights)
    for name in sorted(order, key=lambda one: (-weights[one], order.index(one))):
        # A group without members is the least of all, also where nothing weighs anything.
        least = min(range(count), key=lambda n: (loads[n], len(groups[n])))
        groups[least].append(name)
        loads[least] += weights[name]
    filled = (tuple(sorted(group, key=order.index)) for group in groups if group)
    return sorted(filled, key=lambda group: order.index(group[0]))


def _parted(
    targets: Sequence[str],
    pythons: Sequence[str],
    times: Mapping[Cell, float],
    mean: float,
    count: int,
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return jobs of one target each, where there are more jobs than targets."""
    weights = {t: {p: times.get((t, p), mean) for p in pythons} for t in targets}
    jobs = dict.fromkeys(targets, 1)
    for _ in range(count - len(targets)):
        open_ones = [target for target in targets if jobs[target] < len(pythons)]
        slowest = max(open_ones, key=lambda t: sum(weights[t].values()) / jobs[t])
        jobs[slowest] += 1
    return [
        ((target,), versions)
        for target in targets
        for versions in _balanced(weights[target], jobs[target])
    ]


def described(found: Sequence[Shard], wanted: Sequence[Wanted], form: str) -> Any:
    """Return jobs as JSON data in the shape that a service reads.

    :param form: One of :data:`FORMATS`.
    """
    if form == "github":
        return {
            "build": {"include": [_variables(shard) for shard in found]},
            "test": {"include": [_native_test(one) for one in wanted if _runner(one.platform)]},
        }
    if form == "gitlab":
        return {
            f"build {shard.name}": {
                "extends": ".crosshook",
                "variables": {
                    "CROSSHOOK_TARGETS": ",".join(shard.targets),
                    "CROSSHOOK_PYTHONS": ",".join(shard.pythons),
                },
            }
            for shard in found
        }
    return [
        {
            "name": shard.name,
            "targets": list(shard.targets),
            "pythons": list(shard.pythons),
            "seconds": None if shard.seconds is None else round(shard.seconds, 1),
            "native_runners": {
                one.platform.tag: _runner(one.platform)
                for one in wanted
                if one.platform.tag in shard.targets
            },
        }
        for shard in found
    ]


def _variables(shard: Shard) -> dict[str, str]:
    return {
        "name": shard.name,
        "targets": ",".join(shard.targets),
        "pythons": ",".join(shard.pythons),
        # For an artifact: GitHub takes neither commas nor spaces for granted there.
        "artifact": "-".join([*shard.targets[:1], *shard.pythons[:1]]),
    }


def _native_test(one: Wanted) -> dict[str, str]:
    return {
        "target": one.platform.tag,
        "python": str(one.python),
        "runner": _runner(one.platform) or "",
    }


def _runner(platform: Platform) -> str | None:
    """Return the name of GitHub's machine that runs a platform's wheels; None if there is none."""
    family = platform.row.processor.meson_cpu_family
    return _RUNNERS.get((platform.system.name, family))
