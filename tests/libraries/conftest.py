"""Prefixes of libraries, made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MakeFiles = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def make_files(tmp_path: Path) -> MakeFiles:
    """Return a function that writes files below a directory, and returns the directory."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return make
