"""Changes of a process that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Undo = Callable[[], None]


def replace(place: Any, name: str, value: Any) -> Undo:
    """Set an attribute, and return what puts the old one back."""
    before = getattr(place, name)
    setattr(place, name, value)
    return lambda: setattr(place, name, before)


def add(place: Any, name: str, value: Any) -> Undo:
    """Set an attribute that is not there, and return what takes it away."""
    setattr(place, name, value)
    return lambda: delattr(place, name)


def in_reverse(steps: Sequence[Undo]) -> Undo:
    """Return what undoes several changes, the last one first."""

    def undo() -> None:
        for step in reversed(steps):
            step()

    return undo
