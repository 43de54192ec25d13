"""What is checked, against what."""

from __future__ import annotations

from dataclasses import dataclass

from crosshook.target.promise import Promise
from crosshook.wheel.linking import Links
from crosshook.wheel.reading import Wheel


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A wheel that is tagged for a platform, and what it may rely on."""

    wheel: Wheel
    promise: Promise
    """No more than what all of its tags promise."""
    links: Links
