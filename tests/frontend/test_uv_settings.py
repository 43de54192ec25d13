"""What users of uv have said of indexes is heeded."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.frontend.uv_settings import with_uv_table, with_uv_variables
from crosshook.project import read_project


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, {}),
        ({"UV_FIND_LINKS": "/a,https://x/y"}, {"PIP_FIND_LINKS": "/a https://x/y"}),
        (
            {"UV_FIND_LINKS": "/a,/b", "PIP_FIND_LINKS": "/b /c"},
            {"PIP_FIND_LINKS": "/b /c /a"},
        ),
        ({"UV_DEFAULT_INDEX": "https://x/simple"}, {"PIP_INDEX_URL": "https://x/simple"}),
        ({"UV_INDEX_URL": "https://x/simple"}, {"PIP_INDEX_URL": "https://x/simple"}),
        ({"UV_INDEX_URL": "https://x", "PIP_INDEX_URL": "https://y"}, {}),
        (
            {"UV_INDEX": "own=https://x/simple https://y?a=b"},
            {"PIP_EXTRA_INDEX_URL": "https://x/simple https://y?a=b"},
        ),
        ({"UV_EXTRA_INDEX_URL": "https://x"}, {"PIP_EXTRA_INDEX_URL": "https://x"}),
    ],
)
def test_variables(environ: dict[str, str], told: dict[str, str]) -> None:
    assert with_uv_variables(environ) == {**environ, **told}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", {}),
        (
            '[[tool.uv.index]]\nname = "x"\nurl = "https://x"\ndefault = true\n'
            '[[tool.uv.index]]\nurl = "https://y"\n'
            '[[tool.uv.index]]\nname = "z"\nurl = "https://z"\nexplicit = true\n',
            {"PIP_INDEX_URL": "https://x", "PIP_EXTRA_INDEX_URL": "https://y"},
        ),
        (
            '[tool.uv]\nindex-url = "https://x"\nextra-index-url = ["https://y"]\n'
            'find-links = ["https://z/w", "wheels"]\n',
            {
                "PIP_INDEX_URL": "https://x",
                "PIP_EXTRA_INDEX_URL": "https://y",
                "PIP_FIND_LINKS": "https://z/w {root}/wheels",
            },
        ),
    ],
)
def test_table(tmp_path: Path, table: str, told: dict[str, str]) -> None:
    (tmp_path / "pyproject.toml").write_text(table)
    (tmp_path / "setup.py").write_text("")
    filled = {name: value.replace("{root}", str(tmp_path)) for name, value in told.items()}
    assert with_uv_table({"A": "1"}, read_project(tmp_path)) == {"A": "1", **filled}
