"""Shared libraries that a wheel may rely on without holding them."""

from __future__ import annotations

import re

MANYLINUX = frozenset(
    {
        "libc.so.6",
        "libm.so.6",
        "libdl.so.2",
        "librt.so.1",
        "libpthread.so.0",
        "libutil.so.1",
        "libnsl.so.1",
        "libresolv.so.2",
        "libatomic.so.1",
        "libgcc_s.so.1",
        "libstdc++.so.6",
        "libz.so.1",
        "libexpat.so.1",
        "libX11.so.6",
        "libXext.so.6",
        "libXrender.so.1",
        "libICE.so.6",
        "libSM.so.6",
        "libGL.so.1",
        "libgobject-2.0.so.0",
        "libgthread-2.0.so.0",
        "libglib-2.0.so.0",
        "libanl.so.1",
    }
)
"""What the ``lib_whitelist`` of every manylinux policy from 2.17 on has in auditwheel 6.8. The
dynamic loader, whose name differs by processor, is apart."""

_LOADER = re.compile(r"ld-linux[-\w]*\.so\.\d+|ld64\.so\.\d+")

NAMED_GLIBC_VERSIONS = {"ABI_DT_RELR": (2, 36)}
"""Symbol versions of glibc that are not numbers, and the first policy that has each. Others, such
as ``GLIBC_PRIVATE``, are in none."""

SYMBOL_VERSIONS: dict[tuple[int, int], dict[str, tuple[int, ...]]] = {
    (2, 17): {"GLIBCXX": (3, 4, 19), "CXXABI": (1, 3, 7), "GCC": (4, 8, 0)},
    (2, 24): {"GLIBCXX": (3, 4, 22), "CXXABI": (1, 3, 10), "GCC": (4, 8, 0)},
    (2, 26): {"GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)},
    (2, 31): {"GLIBCXX": (3, 4, 28), "CXXABI": (1, 3, 12), "GCC": (7, 0, 0)},
    (2, 34): {"GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0)},
    (2, 35): {"GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0)},
    (2, 39): {"GLIBCXX": (3, 4, 33), "CXXABI": (1, 3, 15), "GCC": (14, 0, 0)},
}
"""The newest symbol versions of GCC's runtime libraries that go with a glibc: the greater of
x86_64's and aarch64's in auditwheel 6.8's policies. A glibc in between has the older one's."""

WINDOWS = frozenset(
    """
    advapi32 avrt bcrypt bcryptprimitives cabinet cfgmgr32 combase comctl32 comdlg32 credui crypt32
    cryptui d2d1 d3d10 d3d11 d3d12 d3d9 d3dcompiler_47 dbghelp ddraw dnsapi dsound dwmapi dwrite
    dxgi dxva2 gdi32 gdi32full gdiplus glu32 hid httpapi imagehlp imm32 iphlpapi kernel32 kernelbase
    loadperf lz32 mf mfplat mfreadwrite mpr msacm32 mscoree msi msimg32 msvcrt mswsock ncrypt
    netapi32 normaliz ntdll ntdsapi odbc32 ole32 oleacc oleaut32 oledlg opengl32 pdh powrprof
    propsys psapi rasapi32 rpcrt4 sechost secur32 setupapi sfc shcore shell32 shlwapi sspicli tdh
    ucrtbase urlmon user32 userenv usp10 uxtheme version wer wevtapi windowscodecs winhttp wininet
    winmm winscard winspool wintrust wlanapi wldap32 ws2_32 wsock32 wtsapi32 xinput1_4 xinput9_1_0
    xmllite
    """.split()
)
"""DLLs of a stock Windows 10 and newer, in lower case and without ``.dll``; the API sets
(``api-ms-win-*``, ``ext-ms-*``) are as good."""

_PYTHON_RUNTIME = {4: {"vcruntime140"}, 8: {"vcruntime140", "vcruntime140_1"}}
"""DLLs that the installers of CPython for Windows put beside ``python.exe``, by pointer size."""

MUSLLINUX = frozenset({"libc.so", "libz.so.1"})
"""What auditwheel 6.8's policies have for musl, which goes by ``libc.so`` there as well as by
Alpine's name; musl's loader takes either for itself."""


def is_manylinux_library(name: str) -> bool:
    """Tell whether a shared object may stand in ``NEEDED`` of a manylinux wheel's files."""
    return name in MANYLINUX or _LOADER.fullmatch(name) is not None


def is_musllinux_library(name: str, *, musl: str | None) -> bool:
    """Tell whether a shared object may stand in ``NEEDED`` of a musllinux wheel's files.

    :param musl: Alpine's name of musl's library on the platform.
    """
    return name in MUSLLINUX or name == musl


def is_macos_library(path: str) -> bool:
    """Tell whether macOS brings a library, as delocate does."""
    return path.startswith(("/usr/lib/", "/System/"))


def is_windows_library(dll: str, *, pointer_size: int) -> bool:
    """Tell whether Windows or CPython's installer brings a DLL.

    :param pointer_size: Of the target platform, in bytes.
    """
    stem = dll.lower().removesuffix(".dll").removesuffix(".drv")
    return stem in WINDOWS | _PYTHON_RUNTIME[pointer_size] or stem.startswith(
        ("api-ms-win-", "ext-ms-")
    )


def newest_symbol_versions(glibc: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """Return the newest symbol version of each library that a glibc's policy allows."""
    known = max(version for version in SYMBOL_VERSIONS if version <= glibc)
    return {"GLIBC": glibc, **SYMBOL_VERSIONS[known]}
