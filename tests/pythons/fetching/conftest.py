from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.loopback import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server
