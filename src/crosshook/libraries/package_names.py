"""In which packages of Debian, conda-forge and PyPI the C libraries are that builds ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, kw_only=True, slots=True)
class Packages:
    """A library, by the names of the packages that have it; None where there is none."""

    debian: str | None = None
    conda: str | None = None
    """conda-forge's."""
    pypi: str | None = None
    has: str
    """The headers, or directories of some, the libraries and the names for pkg-config and CMake
    that are in it, in small letters."""


KNOWN = (
    Packages(
        debian="default-libmysqlclient-dev",
        conda="mysql-devel",
        has="mysql.h mysqlclient libmysqlclient mysql_config mysql-config",
    ),
    Packages(debian="libblas-dev", conda="libblas", has="cblas.h blas cblas"),
    Packages(debian="libboost-dev", conda="libboost-headers", has="boost/ boost"),
    Packages(debian="libbz2-dev", conda="bzip2", has="bzlib.h bz2 bzip2"),
    Packages(debian="libcairo2-dev", conda="cairo", has="cairo.h cairo/ cairo"),
    Packages(debian="libcurl4-openssl-dev", conda="libcurl", has="curl/ curl libcurl curl-config"),
    Packages(debian="libeigen3-dev", conda="eigen", has="eigen3/ eigen/ eigen eigen3"),
    Packages(debian="libevent-dev", conda="libevent", has="event.h event2/ event libevent"),
    Packages(debian="libexpat1-dev", conda="expat", has="expat.h expat"),
    Packages(debian="libffi-dev", conda="libffi", has="ffi.h ffi libffi"),
    Packages(debian="libfftw3-dev", conda="fftw", has="fftw3.h fftw3 fftw3f fftw"),
    Packages(
        debian="libfreetype-dev",
        conda="freetype",
        has="ft2build.h freetype/ freetype freetype2 freetype-config",
    ),
    Packages(debian="libgdal-dev", conda="libgdal-core", has="gdal.h gdal gdal-config"),
    Packages(debian="libgeos-dev", conda="geos", has="geos_c.h geos geos_c geos-config"),
    Packages(debian="libglib2.0-dev", conda="glib", has="glib.h glib-2.0 gobject-2.0 gio-2.0"),
    Packages(debian="libgmp-dev", conda="gmp", has="gmp.h gmp"),
    Packages(debian="libgsl-dev", conda="gsl", has="gsl/ gsl gsl-config"),
    Packages(debian="libhdf5-dev", conda="hdf5", has="hdf5.h hdf5"),
    Packages(debian="libjpeg-dev", conda="libjpeg-turbo", has="jpeglib.h jpeg libjpeg"),
    Packages(
        debian="libkrb5-dev", conda="krb5", has="krb5.h gssapi/ gssapi krb5 krb5-gssapi krb5-config"
    ),
    Packages(debian="liblapack-dev", conda="liblapack", has="lapacke.h lapack lapacke"),
    Packages(debian="liblcms2-dev", conda="lcms2", has="lcms2.h lcms2"),
    Packages(debian="libldap-dev", conda="openldap", has="ldap.h lber.h ldap lber"),
    Packages(debian="liblz4-dev", conda="lz4-c", has="lz4.h lz4 liblz4"),
    Packages(debian="liblzma-dev", conda="liblzma-devel", has="lzma.h lzma liblzma"),
    Packages(debian="libmagic-dev", conda="libmagic", has="magic.h magic libmagic"),
    Packages(debian="libmpc-dev", conda="mpc", has="mpc.h mpc"),
    Packages(debian="libmpfr-dev", conda="mpfr", has="mpfr.h mpfr"),
    Packages(
        debian="libncurses-dev",
        conda="ncurses",
        has="ncurses.h curses.h ncurses ncursesw tinfo curses",
    ),
    Packages(debian="libnetcdf-dev", conda="libnetcdf", has="netcdf.h netcdf nc-config"),
    Packages(debian="libopenblas-dev", conda="openblas", has="openblas"),
    Packages(
        debian="libopenjp2-7-dev", conda="openjpeg", has="openjpeg.h openjp2 libopenjp2 openjpeg"
    ),
    Packages(debian="libpng-dev", conda="libpng", has="png.h png libpng libpng16 libpng-config"),
    Packages(
        debian="libpq-dev",
        conda="libpq",
        has="libpq-fe.h postgres_ext.h pq libpq postgresql pg_config",
    ),
    Packages(debian="libproj-dev", conda="proj", has="proj.h proj"),
    Packages(debian="libreadline-dev", conda="readline", has="readline/ readline"),
    Packages(debian="libsasl2-dev", conda="cyrus-sasl", has="sasl/ sasl2 libsasl2"),
    Packages(debian="libsnappy-dev", conda="snappy", has="snappy.h snappy-c.h snappy"),
    Packages(debian="libsodium-dev", conda="libsodium", has="sodium.h sodium libsodium"),
    Packages(debian="libsqlite3-dev", conda="sqlite", has="sqlite3.h sqlite3"),
    Packages(
        debian="libssl-dev", conda="openssl", has="openssl/ ssl crypto openssl libssl libcrypto"
    ),
    Packages(debian="libtiff-dev", conda="libtiff", has="tiff.h tiffio.h tiff libtiff-4"),
    Packages(
        debian="libusb-1.0-0-dev", conda="libusb", has="libusb-1.0/ libusb.h usb-1.0 libusb-1.0"
    ),
    Packages(debian="libuv1-dev", conda="libuv", has="uv.h uv libuv"),
    Packages(
        debian="libwebp-dev", conda="libwebp-base", has="webp/ webp libwebp webpdemux webpmux"
    ),
    Packages(
        debian="libxml2-dev",
        conda="libxml2-devel",
        has="libxml/ xml2 libxml-2.0 libxml2 xml2-config",
    ),
    Packages(debian="libxmlsec1-dev", has="xmlsec/ xmlsec1 xmlsec1-config"),
    Packages(
        debian="libxslt1-dev",
        conda="libxslt",
        has="libxslt/ libexslt/ xslt exslt libxslt libexslt xslt-config",
    ),
    Packages(debian="libyaml-dev", conda="yaml", has="yaml.h yaml yaml-0.1 libyaml"),
    Packages(debian="libzmq3-dev", conda="zeromq", has="zmq.h zmq libzmq zeromq"),
    Packages(debian="libzstd-dev", conda="zstd", has="zstd.h zstd libzstd"),
    Packages(debian="unixodbc-dev", conda="unixodbc", has="sql.h sqlext.h odbc odbc_config"),
    Packages(debian="zlib1g-dev", conda="zlib", has="zlib.h z zlib"),
    Packages(
        debian="libomp-dev", conda="llvm-openmp", pypi="cmeel-libomp", has="omp.h omp openmp libomp"
    ),
    Packages(pypi="scipy-openblas64", has="scipy-openblas"),
)
"""packages.debian.org and conda-forge.org say what is in which."""


def packages_with(name: str) -> Packages | None:
    """Return the packages of a library; None where it is not known here.

    :param name: Of a header, a library, a package or a program: ``libxml/tree.h``, ``z``.
    """
    small = name.lower()
    wanted = {small}
    if "/" in small:
        wanted.add(f"{PurePosixPath(small).parts[0]}/")
    return next((known for known in KNOWN if wanted & set(known.has.split())), None)
