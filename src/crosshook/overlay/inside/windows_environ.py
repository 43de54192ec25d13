"""``os.environ`` as project code sees it that believes to be on Windows.

Names are looked up whatever their case. The variables that every Windows has are answered where
somebody asks for one by its name. They are not listed: what the project starts runs on this
machine, where ``make`` takes ``OS=Windows_NT`` to mean that commands are those of Windows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any


class WindowsEnviron(MutableMapping[str, str]):
    """Environment variables, with those of Windows; what is set or deleted is so in the process."""

    def __init__(
        self, real: MutableMapping[str, str], told: Mapping[str, Any], own: Mapping[str, str]
    ) -> None:
        """
        :param real: Of this process.
        :param told: ``values`` and ``directories`` of the target by name, and the ``root`` that the
            directories are below, as :mod:`crosshook.overlay.facts` has them.
        :param own: What Windows would say on this machine.
        """
        self._real = real
        self._root: str = told["root"]
        values: dict[str, str] = {**told["values"], **own}
        self._values = {name.upper(): value for name, value in values.items()}
        self._directories = {name.upper(): path for name, path in told["directories"].items()}

    def __getitem__(self, name: str) -> str:
        upper = name.upper()
        if upper in self._values:
            return self._values[upper]
        for spelled in (name, upper):
            if spelled in self._real:
                return self._real[spelled]
        if upper not in self._directories:
            return self._real[name]
        directory = os.path.join(self._root, self._directories[upper])
        from pathlib import Path

        # It is listed, or something is looked for in it.
        Path(directory).mkdir(parents=True, exist_ok=True)
        return directory

    def __setitem__(self, name: str, value: str) -> None:
        self._values.pop(name.upper(), None)
        self._real[name] = value

    def __delitem__(self, name: str) -> None:
        was_told = [told.pop(name.upper(), None) for told in (self._values, self._directories)]
        if name in self._real or was_told == [None, None]:
            del self._real[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._real)

    def __len__(self) -> int:
        return len(self._real)

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**other, **self}

    def __ior__(self, other: Mapping[str, str]) -> WindowsEnviron:
        self.update(other)
        return self

    def copy(self) -> dict[str, str]:
        """Return what is listed, as a dictionary."""
        return dict(self)
