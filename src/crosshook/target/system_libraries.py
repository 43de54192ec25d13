"""Shared libraries that a wheel may rely on without holding them."""

from __future__ import annotations

import re

from crosshook.target.symbols import UNVERSIONED

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
        "libanl.so.1",
        *UNVERSIONED,
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
    activeds advapi32 atl audioses authz avicap32 avifil32 avrt bcrypt bcryptprimitives
    bluetoothapis cabinet certcli cfgmgr32 clusapi combase comctl32 comdlg32 comsvcs
    coremessaging credui crypt32 cryptbase cryptnet cryptsp cryptui cryptxml cscapi d2d1 d3d10
    d3d11 d3d12 d3d8 d3d8thk d3d9 d3dcompiler_47 dbgeng dbghelp dciman32 dcomp ddraw
    devobj dhcpcsvc dhcpcsvc6 dinput dinput8 dnsapi dpapi drprov dsound dsprop dsquery dsrole
    dssec dsuiext dwmapi dwrite dxgi dxva2 eappcfg elscore esent evr faultrep fltlib
    fontsub fwpuclnt gdi32 gdi32full gdiplus glmf32 glu32 hid hlink httpapi icm32 imagehlp
    imgutil imm32 inetcomm inetmib1 input iphlpapi kerberos kernel32 kernelbase ksuser ktmw32
    linkinfo loadperf logoncli lz32 mapi32 mf mfc42 mfc42u mfcore mfplat mfplay mfreadwrite
    mgmtapi mlang mmdevapi mpr mprapi msacm32 msafd msasn1 mscms mscoree msctf msdmo msdrm
    msftedit mshtml msi msimg32 msrating msvcirt msvcp60 msvcp_win msvcrt msvfw32 mswsock ncrypt
    ndfapi netapi32 netid netplwiz netshell netutils newdev ninput normaliz ntdll ntdsapi
    ntlanman ntmarta odbc32 odbcbcp odbccp32 ole32 oleacc oleaut32 olecli32 oledlg olesvr32
    opengl32 p2p p2pgraph pdh pdhui photometadatahandler powrprof printui prntvpt profapi
    propsys psapi quartz qwave rasapi32 rasdlg rasman regapi resutils riched20 rpcns4 rpcrt4
    rstrtmgr rtm rtutils rtworkq samcli samlib scecli schannel sechost secur32 security
    sensapi serialui setupapi sfc shcore shdocvw shell32 shfolder shlwapi slc slcext slwga
    snmpapi softpub spoolss srclient srpapi srvcli sspicli sti sxs t2embed tapi32 tbs tdh
    traffic txfw32 ucrtbase uiautomationcore url urlmon user32 userenv usp10 utildll uxtheme
    vdmdbg verifier version virtdisk vssapi webservices websocket wecapi wer wevtapi wiaservc
    wimgapi win32u winbrand windows.storage windowscodecs winhttp wininet winmm winscard
    winspool winsta wintrust winusb wkscli wlanapi wldap32 wldp wmi wofutil ws2_32 wscapi wsdapi
    wsock32 wtsapi32 xaudio2_8 xaudio2_9 xinput1_4 xinput9_1_0 xmllite xolehlp xpsprint
    xpsservices
    """.split()
)
"""DLLs of a stock Windows 10 and newer, in lower case and without ``.dll``; the API sets
(``api-ms-win-*``, ``ext-ms-*``) are as good. All are among those that delvewheel leaves out of
wheels; most of what it has beyond is no library for programs."""

_PYTHON_RUNTIME = {4: {"vcruntime140"}, 8: {"vcruntime140", "vcruntime140_1"}}
"""DLLs that the installers of CPython for Windows put beside ``python.exe``, by pointer size."""

MUSLLINUX = frozenset({"libc.so", "libz.so.1"})
"""What auditwheel 6.8's policies have for musl, which goes by ``libc.so`` there as well as by
Alpine's name; musl's loader takes either for itself."""


_IN_USR_LIB = frozenset(
    {
        "libSystem.B.dylib",
        "libbz2.1.0.dylib",
        "libc++.1.dylib",
        "libc++abi.dylib",
        "libcurl.4.dylib",
        "libedit.3.dylib",
        "libexpat.1.dylib",
        "libiconv.2.dylib",
        "libncurses.5.4.dylib",
        "libobjc.A.dylib",
        "libresolv.9.dylib",
        "libsqlite3.dylib",
        "libxml2.2.dylib",
        "libxslt.1.dylib",
        "libz.1.dylib",
    }
)
"""Libraries that macOS has in ``/usr/lib`` since 10.9, under names that others have as well."""


def is_manylinux_library(name: str) -> bool:
    """Tell whether a shared object may stand in ``NEEDED`` of a manylinux wheel's files."""
    return name in MANYLINUX or _LOADER.fullmatch(name) is not None


def is_musllinux_library(name: str, *, musl: str | None) -> bool:
    """Tell whether a shared object may stand in ``NEEDED`` of a musllinux wheel's files.

    :param musl: Alpine's name of musl's library on the platform.
    """
    return name in MUSLLINUX or name == musl


def is_macos_library(path: str) -> bool:
    """Tell whether macOS brings a library, as delocate does.

    What is not where ``@rpath`` leads, ``dyld`` looks for in ``/usr/lib`` at the end.
    """
    start, _, name = path.partition("/")
    return path.startswith(("/usr/lib/", "/System/")) or (start == "@rpath" and name in _IN_USR_LIB)


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
