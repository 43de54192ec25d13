"""The implementations of Python that wheels can be built for, and those that are known and cannot.

Sources: PEP 425 for the letters in wheel tags, ``packaging.tags`` for how they are put together,
and PyPy's ``pypy/module/imp/importing.py`` for the names of its extension modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Implementation:
    """What an implementation of Python is called, by whom."""

    name: str
    """``sys.implementation.name``."""
    title: str
    """``platform.python_implementation()``."""
    tag: str
    """What the interpreter part of a wheel tag begins with."""
    program: str
    """What its programs are called, and its directory below ``lib``, but for the version."""
    is_composed: bool = False
    """Whether its development files can be made without an unpacked one."""
    abi: str | None = None
    """The part of ``SOABI`` that is about extension modules alone; None where they are for one
    version of Python and no more is said."""


CPYTHON = Implementation(
    name="cpython", title="CPython", tag="cp", program="python", is_composed=True
)

PYPY = Implementation(name="pypy", title="PyPy", tag="pp", program="pypy", abi="pp73")
"""All releases of PyPy for Python 3.7 and newer have the ABI of PyPy 7.3."""

IMPLEMENTATIONS: Mapping[str, Implementation] = {one.name: one for one in (CPYTHON, PYPY)}
"""By :attr:`Implementation.name`."""
