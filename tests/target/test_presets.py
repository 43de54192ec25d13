"""Names for several targets."""

from __future__ import annotations

import pytest

from crosshook.errors import UsageError
from crosshook.frontend.resolve import wanted_targets
from crosshook.target.presets import PRESETS
from tests.conftest import PY313, ROWS_WITH_FACTS


@pytest.mark.parametrize("name", PRESETS)
def test_each_target_of_a_preset_can_be_built_for(name: str) -> None:
    usual = {row.usual_tag for row in ROWS_WITH_FACTS}
    assert set(PRESETS[name]) <= usual
    assert len(set(PRESETS[name])) == len(PRESETS[name]) > 1


def test_presets_beside_tags() -> None:
    wanted = wanted_targets(["all-windows, win_arm64", "all-macos"], [], default=PY313)
    assert [one.platform.tag for one in wanted] == [
        "win_amd64",
        "win32",
        "win_arm64",
        "macosx_10_9_x86_64",
        "macosx_11_0_arm64",
    ]


@pytest.mark.parametrize("text", ["all-freebsd", "ALL", "all-"])
def test_what_is_no_preset(text: str) -> None:
    with pytest.raises(UsageError, match=r"--target: '.*' is none of all, all-linux"):
        wanted_targets([text], [], default=PY313)
