"""Libraries of Windows and of MSVC that MinGW-w64 spells otherwise, or does not need.

Sources: ``lib/libc/mingw`` in zig, and the Windows SDK's list of umbrella libraries.
"""

from __future__ import annotations

from collections.abc import Mapping

_RUNTIME = (
    *("ucrt", "ucrtd", "libucrt", "libucrtd", "msvcrt", "msvcrtd", "libcmt", "libcmtd"),
    *("msvcprt", "msvcprtd", "libcpmt", "libcpmtd", "vcruntime", "vcruntimed", "libvcruntime"),
    *("libvcruntimed", "oldnames", "legacy_stdio_definitions", "legacy_stdio_wide_specifiers"),
    *("iso_stdio_wide_specifiers", "bufferoverflowu", "softintrin", "ucrtbase"),
    *("ntstrsafe", "strsafe", "gcc", "gcc_s", "mingw32", "mingwex"),
    *("vcomp", "vcompd"),
)
"""The runtime libraries of MSVC and of MinGW's gcc: zig links the UCRT and its own."""

LIBRARIES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_RUNTIME, ()),
    "synchronization": ("api-ms-win-core-synch-l1-2-0",),
    "vfw32": ("avicap32", "avifil32", "msvfw32"),
    "mincore": ("kernel32", "advapi32", "version", "api-ms-win-core-synch-l1-2-0"),
    "onecore": ("kernel32", "advapi32", "version", "api-ms-win-core-synch-l1-2-0"),
    "onecoreuap": ("kernel32", "advapi32", "version", "api-ms-win-core-synch-l1-2-0"),
    "windowsapp": ("kernel32", "advapi32", "ole32", "api-ms-win-core-winrt-l1-1-0",
        "api-ms-win-core-winrt-string-l1-1-0", "api-ms-win-core-winrt-error-l1-1-0",
    ),
    "runtimeobject": ("api-ms-win-core-winrt-l1-1-0", "api-ms-win-core-winrt-string-l1-1-0",
        "api-ms-win-core-winrt-error-l1-1-0",
    ),
    "pathcch": ("api-ms-win-core-path-l1-1-0",),
    "d3dcompiler": ("d3dcompiler_47",),
    "xinput": ("xinput1_4",),
    "hhctrl": ("htmlhelp",),
    "xaudio2": ("xaudio2_9",),
}  # fmt: skip
"""What is linked instead, by name in small letters."""
