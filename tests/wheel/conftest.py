from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from crosshook.target.promise import Promise, promise_of
from tests.conftest import MakeTarget

MakePromise = Callable[..., Promise]


@pytest.fixture
def make_promise(make_target: MakeTarget) -> MakePromise:
    """Return a function from a wheel platform tag to what a target of it promises."""

    def make(
        tag: str, version: str = "3.13", exports: Mapping[str, frozenset[str]] | None = None
    ) -> Promise:
        return promise_of(make_target(tag, version), exports)

    return make
