"""Modules that only Windows has, for project code that believes to be there.

A registry without keys, a console that is none, and no sound.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

_REGISTRY_NUMBERS = {
    "HKEY_CLASSES_ROOT": 0x80000000,
    "HKEY_CURRENT_USER": 0x80000001,
    "HKEY_LOCAL_MACHINE": 0x80000002,
    "HKEY_USERS": 0x80000003,
    "HKEY_PERFORMANCE_DATA": 0x80000004,
    "HKEY_CURRENT_CONFIG": 0x80000005,
    "HKEY_DYN_DATA": 0x80000006,
    "KEY_QUERY_VALUE": 0x1,
    "KEY_SET_VALUE": 0x2,
    "KEY_CREATE_SUB_KEY": 0x4,
    "KEY_ENUMERATE_SUB_KEYS": 0x8,
    "KEY_NOTIFY": 0x10,
    "KEY_CREATE_LINK": 0x20,
    "KEY_WOW64_64KEY": 0x100,
    "KEY_WOW64_32KEY": 0x200,
    "KEY_WRITE": 0x20006,
    "KEY_READ": 0x20019,
    "KEY_EXECUTE": 0x20019,
    "KEY_ALL_ACCESS": 0xF003F,
    "REG_NONE": 0,
    "REG_SZ": 1,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_DWORD_LITTLE_ENDIAN": 4,
    "REG_DWORD_BIG_ENDIAN": 5,
    "REG_LINK": 6,
    "REG_MULTI_SZ": 7,
    "REG_QWORD": 11,
}

_READS_KEYS = (
    "CreateKey",
    "CreateKeyEx",
    "DeleteKey",
    "DeleteKeyEx",
    "DeleteValue",
    "EnumKey",
    "EnumValue",
    "LoadKey",
    "OpenKey",
    "OpenKeyEx",
    "QueryInfoKey",
    "QueryValue",
    "QueryValueEx",
    "SaveKey",
    "SetValue",
    "SetValueEx",
)


class _Key:
    """A root key, which is always there."""

    def __enter__(self) -> _Key:
        return self

    def __exit__(self, *exception: object) -> None:
        self.Close()

    def Close(self) -> None:
        """Do nothing."""


def _nothing_there(*args: Any, **kwargs: Any) -> Any:
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _winreg() -> ModuleType:
    functions = dict.fromkeys(_READS_KEYS, _nothing_there)
    return _module(
        "winreg",
        {
            **_REGISTRY_NUMBERS,
            **functions,
            "CloseKey": lambda key: None,
            "ConnectRegistry": lambda computer, key: _Key(),
            "ExpandEnvironmentStrings": lambda text: text,
            "FlushKey": lambda key: None,
            "HKEYType": _Key,
            "error": OSError,
        },
    )


def _msvcrt() -> ModuleType:
    return _module(
        "msvcrt",
        {
            "LK_LOCK": 1,
            "LK_NBLCK": 2,
            "LK_NBRLCK": 4,
            "LK_RLCK": 3,
            "LK_UNLCK": 0,
            "SEM_FAILCRITICALERRORS": 0x1,
            "SEM_NOGPFAULTERRORBOX": 0x2,
            "SEM_NOALIGNMENTFAULTEXCEPT": 0x4,
            "SEM_NOOPENFILEERRORBOX": 0x8000,
            "SetErrorMode": lambda mode: 0,
            "get_osfhandle": lambda descriptor: descriptor,
            "heapmin": lambda: None,
            "kbhit": lambda: False,
            "locking": lambda descriptor, mode, size: None,
            "open_osfhandle": lambda handle, flags: handle,
            "setmode": lambda descriptor, flags: flags,
        },
    )


def _winsound() -> ModuleType:
    names = ("Beep", "MessageBeep", "PlaySound")
    return _module("winsound", {name: lambda *args: None for name in names})


def _module(name: str, attributes: Mapping[str, Any]) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    return module


MADE_UP: Mapping[str, Callable[[], ModuleType]] = {
    "msvcrt": _msvcrt,
    "winreg": _winreg,
    "winsound": _winsound,
}
"""By their names."""
