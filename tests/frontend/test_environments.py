"""Which installer makes a build environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from crosshook._uv import find_uv
from crosshook.frontend import environments
from crosshook.frontend.uv_settings import with_uv_variables

pytestmark = pytest.mark.skipif(find_uv(os.environ) is None, reason="uv is not installed")

NOTHING = {"PIP_CONFIG_FILE": os.devnull, "PATH": os.environ.get("PATH", os.defpath)}


@pytest.mark.parametrize(
    ("environ", "installer"),
    [
        ({}, "uv"),
        ({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_TARGET": "elsewhere"}, "uv"),
        ({"PIP_INDEX_URL": "https://example.org/simple"}, "pip"),
        ({"PIP_FIND_LINKS": "wheels"}, "pip"),
        # What uv was told itself is no reason.
        ({"UV_DEFAULT_INDEX": "https://example.org/simple"}, "uv"),
        ({"UV_DEFAULT_INDEX": "https://example.org/simple", "PIP_PRE": "1"}, "pip"),
        ({"UV_FIND_LINKS": "wheels", "PIP_FIND_LINKS": "others"}, "pip"),
    ],
)
def test_uv_is_used_where_pip_was_told_nothing(
    tmp_path: Path, environ: dict[str, str], installer: str
) -> None:
    said = with_uv_variables({**NOTHING, **environ})
    assert environments.usual_installer(said) == installer


def test_pip_is_used_where_there_is_no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "find_uv", lambda environ: shutil.which("uv", path="/none"))
    assert environments.usual_installer(NOTHING) == "pip"
