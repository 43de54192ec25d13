"""Which C library a build did not find, by what it printed.

Compilers, linkers, Meson, CMake, pkg-config and build scripts each have words of their own for it.
What is said of a library that a project can do without is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from crosshook.libraries.debian import RELEASES
from crosshook.target.platforms import Platform


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What was looked for."""

    kind: str
    """``header``, ``library``, ``package`` or ``program``: of the name."""
    name: str
    """``libxml/xmlversion.h``, ``z``, ``zlib``, ``pg_config``."""
    at: int = field(default=0, compare=False)
    """Where in the output it is named."""
    ends: bool = field(default=True, compare=False)
    """Whether the tool that names it ends with that, as compilers do; pkg-config only answers."""

    @property
    def sentence(self) -> str:
        """For messages: ``the library z``."""
        return f"the {self.kind} {self.name}"


def header_words(name: str) -> tuple[str, ...]:
    """Return regular expressions of what clang, gcc and MSVC say of a header that is not there.

    :param name: One for its name.
    """
    return (
        rf"fatal error: '{name}' file not found",
        rf"fatal error: {name}: No such file or directory",
        rf"C1083: Cannot open include file: '{name}'",
    )


_HEADER = r"(?P<header>[\w./+-]+\.(?:h|hh|hpp|hxx|H)|[A-Z]\w*/[\w./+-]+)"
"""With a suffix; without one are those of Eigen."""
_LIBRARY = r"(?P<library>[\w.+-]+)"
_PACKAGE = r"(?P<package>[\w.+-]+)"

_ENDING = (
    *header_words(_HEADER),
    # lld; GNU ld; zig; Apple's ld; MSVC's linker.
    rf"unable to find library -l{_LIBRARY}",
    rf"cannot find -l{_LIBRARY}",
    rf"unable to find (?:dynamic|static)? ?system library [\"']{_LIBRARY}[\"']",
    rf"library not found for -l{_LIBRARY}",
    rf"ld: library '{_LIBRARY}' not found",
    r"LNK1181: cannot open input file '(?P<file>[\w.+-]+)\.lib'",
    # Meson.
    rf"ERROR: Dependency [\"']{_PACKAGE}[\"'] (?:is required but )?not found",
    rf"ERROR: Dependency lookup for {_PACKAGE} with method '[\w-]+' failed",
    rf"ERROR: \w+ (?:shared or static|static|shared) library '{_LIBRARY}' not found",
    rf"ERROR: \w+ header '{_HEADER}' not found",
)
"""Words of tools that end with them."""

_SAYING = (
    # CMake; what begins with two hyphens goes on.
    rf"(?m)^(?!-- ).*Could NOT find {_PACKAGE}\b",
    rf"package configuration file provided by\s+\"{_PACKAGE}\"",
    rf"required packages were not found:\s+- {_PACKAGE}",
    # pkg-config and those that call it.
    rf"Package '?{_PACKAGE}'? was not found in the pkg-config search path",
    rf"Package '{_PACKAGE}', required by '[^']*', not found",
    rf"No package '{_PACKAGE}' found",
    rf"system library `{_PACKAGE}` required by crate `[\w-]+` was not found",
    r"Could not find directory of (?P<installation>\w+) installation",
    # Programs that answer for a library.
    r"\b(?P<program>[\w.-]+[-_]config): (?:command )?not found",
    r"\b(?P<program>[\w.-]+[-_]config) executable not found",
    # A setup.py that looks for itself.
    r"headers or library files could not be found for (?P<package>\w+)",
)
"""Words after which a build may go on without the library."""

_WORDS = (
    *((re.compile(text), True) for text in _ENDING),
    *((re.compile(text), False) for text in _SAYING),
)

PYTHONS_HEADERS = ("Python.h", "pyconfig.h", "numpy/", "pybind11/", "nanobind/")
"""Headers of Python and of its packages, or what their names begin with."""

POSIX_HEADERS = frozenset(
    f"{name}.h"
    for name in (
        "arpa/inet dlfcn fcntl grp ifaddrs netdb netinet/in netinet/tcp poll pthread pwd spawn "
        "sys/epoll sys/event sys/ioctl sys/ipc sys/mman sys/resource sys/select sys/shm sys/socket "
        "sys/statvfs sys/uio sys/un sys/utsname sys/wait syslog termios"
    ).split()
)
"""Headers that Windows has not."""

_PROGRAMS = frozenset({"Python", "Python3", "PythonInterp", "PythonLibs", "Git", "SWIG", "CUDA"})
"""What CMake finds that is no C library."""


def missing_libraries(output: str) -> tuple[Missing, ...]:
    """Return the C libraries that an output says were not found, in its order.

    :param output: What a build printed.
    """
    missing = []
    for words, ends in _WORDS:
        for found in words.finditer(output):
            kind, name = next((k, n) for k, n in found.groupdict().items() if n is not None)
            kind = {"file": "library", "installation": "package"}.get(kind, kind)
            others = name.startswith(PYTHONS_HEADERS) or name in POSIX_HEADERS or name in _PROGRAMS
            if not others:
                missing.append(Missing(kind=kind, name=name, at=found.start(), ends=ends))
    return tuple(sorted(missing, key=lambda one: one.at))


DEBIANS: Mapping[str, str] = {
    "default-libmysqlclient-dev": "mysql.h mysqlclient libmysqlclient mysql_config mysql-config",
    "libblas-dev": "cblas.h blas cblas",
    "libboost-dev": "boost/ boost",
    "libbz2-dev": "bzlib.h bz2 bzip2",
    "libcairo2-dev": "cairo.h cairo/ cairo",
    "libcurl4-openssl-dev": "curl/ curl libcurl curl-config",
    "libeigen3-dev": "eigen3/ eigen/ eigen eigen3",
    "libevent-dev": "event.h event2/ event libevent",
    "libexpat1-dev": "expat.h expat",
    "libffi-dev": "ffi.h ffi libffi",
    "libfftw3-dev": "fftw3.h fftw3 fftw3f fftw",
    "libfreetype-dev": "ft2build.h freetype/ freetype freetype2 freetype-config",
    "libgdal-dev": "gdal.h gdal gdal-config",
    "libgeos-dev": "geos_c.h geos geos_c geos-config",
    "libglib2.0-dev": "glib.h glib-2.0 gobject-2.0 gio-2.0",
    "libgmp-dev": "gmp.h gmp",
    "libgsl-dev": "gsl/ gsl gsl-config",
    "libhdf5-dev": "hdf5.h hdf5",
    "libjpeg-dev": "jpeglib.h jpeg libjpeg",
    "libkrb5-dev": "krb5.h gssapi/ gssapi krb5 krb5-gssapi krb5-config",
    "liblapack-dev": "lapacke.h lapack lapacke",
    "liblcms2-dev": "lcms2.h lcms2",
    "libldap-dev": "ldap.h lber.h ldap lber",
    "liblz4-dev": "lz4.h lz4 liblz4",
    "liblzma-dev": "lzma.h lzma liblzma",
    "libmagic-dev": "magic.h magic libmagic",
    "libmpc-dev": "mpc.h mpc",
    "libmpfr-dev": "mpfr.h mpfr",
    "libncurses-dev": "ncurses.h curses.h ncurses ncursesw tinfo curses",
    "libnetcdf-dev": "netcdf.h netcdf nc-config",
    "libopenblas-dev": "openblas",
    "libopenjp2-7-dev": "openjpeg.h openjp2 libopenjp2 openjpeg",
    "libpng-dev": "png.h png libpng libpng16 libpng-config",
    "libpq-dev": "libpq-fe.h postgres_ext.h pq libpq postgresql pg_config",
    "libproj-dev": "proj.h proj",
    "libreadline-dev": "readline/ readline",
    "libsasl2-dev": "sasl/ sasl2 libsasl2",
    "libsnappy-dev": "snappy.h snappy-c.h snappy",
    "libsodium-dev": "sodium.h sodium libsodium",
    "libsqlite3-dev": "sqlite3.h sqlite3",
    "libssl-dev": "openssl/ ssl crypto openssl libssl libcrypto",
    "libtiff-dev": "tiff.h tiffio.h tiff libtiff-4",
    "libusb-1.0-0-dev": "libusb-1.0/ libusb.h usb-1.0 libusb-1.0",
    "libuv1-dev": "uv.h uv libuv",
    "libwebp-dev": "webp/ webp libwebp webpdemux webpmux",
    "libxml2-dev": "libxml/ xml2 libxml-2.0 libxml2 xml2-config",
    "libxmlsec1-dev": "xmlsec/ xmlsec1 xmlsec1-config",
    "libxslt1-dev": "libxslt/ libexslt/ xslt exslt libxslt libexslt xslt-config",
    "libyaml-dev": "yaml.h yaml yaml-0.1 libyaml",
    "libzmq3-dev": "zmq.h zmq libzmq zeromq",
    "libzstd-dev": "zstd.h zstd libzstd",
    "unixodbc-dev": "sql.h sqlext.h odbc odbc_config",
    "zlib1g-dev": "zlib.h z zlib",
}
"""By Debian's package: the headers, or directories of some, the libraries and the names for
pkg-config and CMake that are in it. packages.debian.org says what is in which."""


def debian_package(missing: Missing) -> str | None:
    """Return Debian's package of a library; None where it is not known here."""
    name = missing.name.lower()
    first = PurePosixPath(name).parts[0]
    wanted = {name, f"{first}/" if missing.kind == "header" else name}
    for package, names in DEBIANS.items():
        if wanted & set(names.split()):
            return package
    return None


def way_out(missing: Missing, platform: Platform) -> str:
    """Return what to type to have a library: the option."""
    plain = f"--libraries DIR, a directory with it, built for {platform.tag}"
    libc = platform.row.system.libc
    if libc != "glibc":
        return f"{plain}; --before-build CMD can build it"
    package = debian_package(missing)
    named = package or "PACKAGE"
    version = platform.version or (0, 0)
    fitting = [release for glibc, release in RELEASES.items() if glibc <= version]
    if fitting or platform.version is None:
        release = fitting[-1] if fitting else list(RELEASES.values())[-1]
        option = f"--libraries debian:{release}/{named}"
    else:
        glibc, release = next(iter(RELEASES.items()))
        tag = platform.row.system.tag_of(glibc, platform.row)
        option = f"--target {tag} --libraries debian:{release}/{named}"
    where = "" if package else ", a package of Debian's that has it"
    return f"{option}{where}; or {plain}"
