"""Plans are merged without side effects, and placed in a scratch directory."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

import pytest

from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.errors import ProjectError

FULL = Plan(
    environ={"CC": f"cc -I{SCRATCH}/a", "TWICE": f"{SCRATCH}:{SCRATCH}"},
    unset=frozenset({"CFLAGS"}),
    python_path=(f"{SCRATCH}/overlay", "/elsewhere"),
    files={"setup.cfg": f"build_base = {SCRATCH}/build"},
    config_settings={"one": f"{SCRATCH}/x", "many": [f"{SCRATCH}/y", "z"]},
    replaced_settings={"two": f"{SCRATCH}/x"},
    executables=frozenset({"setup.cfg"}),
    project_sees_target=True,
    tools_in_project=("vendored",),
    build_hooks=("/hook",),
    declared_extensions=f"{SCRATCH}/declared",
    scratch="/scratch",
    wheel_platform="win_arm64",
    requires=("extra>=1",),
    notes=("a note",),
)


def test_merging_with_nothing_changes_nothing() -> None:
    assert FULL.merged(Plan()) == FULL
    assert Plan().merged(FULL) == FULL
    assert FULL.merged(FULL) == FULL


def test_both_sides_are_kept() -> None:
    one = Plan(
        environ={"A": "1"},
        unset=frozenset({"X"}),
        python_path=("p", "q"),
        files={"a": "1"},
        config_settings={"k": "1"},
        requires=("a", "b"),
        notes=("first",),
    )
    other = Plan(
        environ={"B": "2"},
        unset=frozenset({"Y"}),
        python_path=("q", "r"),
        files={"b": "2"},
        config_settings={"l": ["2"]},
        requires=("b", "c"),
        notes=("second",),
    )
    assert one.merged(other) == Plan(
        environ={"A": "1", "B": "2"},
        unset=frozenset({"X", "Y"}),
        python_path=("p", "q", "r"),
        files={"a": "1", "b": "2"},
        config_settings={"k": "1", "l": ["2"]},
        requires=("a", "b", "c"),
        notes=("first", "second"),
    )


def test_merging_leaves_both_plans_as_they_were() -> None:
    one, other = Plan(environ={"A": "1"}), Plan(environ={"B": "2"})
    one.merged(other)
    assert (one, other) == (Plan(environ={"A": "1"}), Plan(environ={"B": "2"}))


@pytest.mark.parametrize(("name", "kind"), [("environ", "environment variable"), ("files", "file")])
def test_a_contradiction_is_an_error(name: str, kind: str) -> None:
    one = Plan(**_mapping(name, {"K": "1"}))
    other = Plan(**_mapping(name, {"K": "2"}))
    with pytest.raises(ProjectError, match=f"^two adapters set the {kind} K: '1', '2'$"):
        one.merged(other)


def _mapping(name: str, value: dict[str, str]) -> dict[str, Any]:
    return {name: value}


def test_the_scratch_directory_is_put_in_everywhere() -> None:
    assert FULL.with_scratch("/s p") == Plan(
        environ={"CC": "cc -I/s p/a", "TWICE": "/s p:/s p"},
        unset=frozenset({"CFLAGS"}),
        python_path=("/s p/overlay", "/elsewhere"),
        files={"setup.cfg": "build_base = /s p/build"},
        config_settings={"one": "/s p/x", "many": ["/s p/y", "z"]},
        replaced_settings={"two": "/s p/x"},
        executables=frozenset({"setup.cfg"}),
        project_sees_target=True,
        tools_in_project=("vendored",),
        build_hooks=("/hook",),
        declared_extensions="/s p/declared",
        scratch="/s p",
        wheel_platform="win_arm64",
        requires=("extra>=1",),
        notes=("a note",),
    )


@pytest.mark.parametrize(
    ("scratch", "command"),
    [
        ("/tmp/s", "/tmp/s/cc -L/tmp/s 'a b'"),
        ("/tmp/s p", "'/tmp/s p/cc' '-L/tmp/s p' 'a b'"),
    ],
)
def test_words_of_commands_are_quoted_where_they_have_to_be(scratch: str, command: str) -> None:
    """Some tools take the text of ``CC`` for a path."""
    words = shlex.join([f"{SCRATCH}/cc", f"-L{SCRATCH}", "a b"])
    assert Plan(environ={"CC": words}).with_scratch(scratch).environ == {"CC": command}


def test_the_users_settings_win() -> None:
    ours = Plan(config_settings={"args": ["-a"], "build-dir": "/ours", "other": "x"})
    assert ours.settings_with({}) == ours.config_settings
    assert ours.settings_with({"args": "-b", "builddir": "/theirs", "new": ["y"]}) == {
        "args": ["-a", "-b"],
        "builddir": "/theirs",
        "other": "x",
        "new": ["y"],
    }


def test_no_field_keeps_the_placeholder() -> None:
    # A field that is added to Plan later has to be placed too.
    assert SCRATCH not in repr(FULL.with_scratch("/s"))


def test_every_field_survives_merging_and_placing() -> None:
    defaults = Plan()
    for field in dataclasses.fields(Plan):
        for plan in (FULL, Plan().merged(FULL), FULL.merged(Plan()), FULL.with_scratch("/s")):
            assert getattr(plan, field.name) != getattr(defaults, field.name), field.name


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.requires = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        BuildMachine(system="linux", environ={}).system = "windows"  # type: ignore[misc]


def test_a_command_is_not_quoted_without_need() -> None:
    plan = Plan(environ={"CC": shlex.join([f"{SCRATCH}/bin/cc", "-DA=a b"])})
    assert plan.with_scratch("/tmp/x").environ["CC"] == "/tmp/x/bin/cc '-DA=a b'"
    spaced = plan.with_scratch("/tmp/x y").environ["CC"]
    assert shlex.split(spaced) == ["/tmp/x y/bin/cc", "-DA=a b"]
