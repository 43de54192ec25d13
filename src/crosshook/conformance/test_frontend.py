"""Checks of a frontend: what it delivers, and how it calls the hooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crosshook.conformance.cases import CASES, TAG, Case
from crosshook.conformance.subjects import FrontendSubject, Outcome
from crosshook.target import parse_target


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.backend)
def test_what_is_delivered(frontend: FrontendSubject, case: Case) -> None:
    outcome = frontend.build(case.backend)
    if found := "; ".join(problems(case, outcome)):
        pytest.fail(found)


def problems(case: Case, outcome: Outcome) -> Iterator[str]:
    for hook in case.calls:
        if hook not in outcome.called:
            yield f"{hook} was not called"
    for hook in case.spares:
        if hook in outcome.called:
            yield f"{hook} was called"
    delivered = bool(outcome.wheels)
    if case.delivers not in (None, delivered):
        yield "a wheel was delivered" if delivered else "no wheel was delivered"
    elif case.says is not None and not delivered and case.says not in outcome.output:
        yield f"{case.says} is not in what it says"
    if len(outcome.wheels) > 1:
        yield f"{len(outcome.wheels)} wheels were delivered"
    if (outcome.code == 0) != delivered:
        yield f"its exit code was {outcome.code}"


def test_positions(frontend: FrontendSubject) -> None:
    """The arguments of the hooks are passed by position."""
    outcome = frontend.build("honest")
    assert outcome.call("cross_build_wheel")["keywords"] == [], "by keyword"
    assert 2 <= len(outcome.call("cross_build_wheel")["arguments"]) <= 4


def test_no_metadata(frontend: FrontendSubject) -> None:
    """No metadata of another build is passed."""
    arguments = frontend.build("honest").call("cross_build_wheel")["arguments"]
    assert arguments[3:] in ([], [None]), f"metadata_directory is {arguments[3]!r}"


def test_requirements_come_first(frontend: FrontendSubject) -> None:
    """`get_requires_for_cross_build_wheel` is called first, with the same target."""
    outcome = frontend.build("honest")
    outcome.call("cross_build_wheel")
    assert outcome.called == ["get_requires_for_cross_build_wheel", "cross_build_wheel"]
    first, second = outcome.calls
    assert first["arguments"][0] == second["arguments"][1]


def test_processes(frontend: FrontendSubject) -> None:
    """Each hook has a process of its own, at the root of the source tree."""
    outcome = frontend.build("honest")
    outcome.call("cross_build_wheel")
    assert len({call["process"] for call in outcome.calls}) == len(outcome.calls)
    assert all(Path(call["directory"]).samefile(outcome.project) for call in outcome.calls)


def test_target(frontend: FrontendSubject) -> None:
    """The target is a mapping by the table, with absolute paths, for the tag that was asked for."""
    arguments = frontend.build("honest").call("cross_build_wheel")["arguments"]
    assert parse_target(arguments[1]).platform.tag == TAG
