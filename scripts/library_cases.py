"""The projects of ``scripts/libraries.py``: what is built, with which libraries, what is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LINUX, MUSL = "manylinux_2_41_aarch64", "musllinux_1_2_aarch64"
WINDOWS, WINDOWS_ARM, MACOS = "win_amd64", "win_arm64", "macosx_11_0_arm64"

RUNS = (LINUX, WINDOWS)
"""Targets whose programs run here: under QEMU and Wine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The source of a C library, as its authors released it."""

    name: str
    debian: str | None = None
    """Debian's source package."""
    sdist: str | None = None
    """A requirement: PyPI's sdist of it has the library's source."""
    below: str = "."
    """Where it is in the sdist."""
    options: str = ""
    """For CMake."""

    def commands(self, source: str, build: str) -> tuple[str, ...]:
        """Return the commands for ``--before-build``.

        :param source: Where the source is.
        :param build: Where it may be built.
        """
        build = f"{build}-{self.name}"
        return (
            f"cmake -S {source} -B {build} -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON"
            f" -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX={{prefix}} {self.options}",
            f"cmake --build {build} --target install",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A project for a target."""

    requirement: str
    target: str
    works: str
    """Python code that fails unless the library works."""
    libraries: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    """Libraries that are compiled by ``--before-build``, the first first."""
    settings: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    tests: str = ""
    """Of the project's own test suite: a shell command that runs pytest."""
    test_requires: tuple[str, ...] = ("pytest",)
    remark: str = ""
    """Why tests fail, and what else is to be known."""


PYTEST = "python -m pytest -q -rfE --tb=short -p no:cacheprovider"

LIBYAML = Source(name="libyaml", debian="libyaml")
ZLIB = Source(
    name="zlib-ng",
    sdist="zlib-ng==1.1.0",
    below="src/zlib_ng/zlib-ng",
    # Without code for single processors: for each, zig compiles libc anew.
    options="-DZLIB_COMPAT=ON -DWITH_OPTIM=OFF",
)
JPEG = Source(
    name="libjpeg-turbo",
    debian="libjpeg-turbo",
    options="-DWITH_SIMD=0 -DWITH_TURBOJPEG=0 -DENABLE_STATIC=0",
)

_YAML_WORKS = (
    "import yaml; assert yaml.__with_libyaml__; "
    "assert yaml.load('a: [1, 2]', Loader=yaml.CSafeLoader) == {'a': [1, 2]}"
)
_YAML_TESTS = f"{PYTEST} {{project}}/tests/legacy_tests/test_yaml_ext.py"
_PILLOW_WORKS = (
    "import io; from PIL import Image, features; i = Image.new('RGB', (64, 64), 'red'); "
    "[i.save(b := io.BytesIO(), f) or Image.open(io.BytesIO(b.getvalue())).load() "
    "for f in ('PNG', 'JPEG')]; assert features.check('zlib') and features.check('jpg')"
)
_PILLOW_TESTS = " ".join(
    f"{{project}}/Tests/test_{name}.py" for name in ("features", "file_jpeg", "file_png")
)
_LXML_TESTS = (
    "cp -r {project}/src/lxml/tests "
    '"$(python -c "import lxml; print(*lxml.__path__)")" && '
    # What lxml's own runner collects, and pytest takes for a test.
    f"{PYTEST} -k 'not test_suite' --pyargs "
    + " ".join(
        f"lxml.tests.test_{name}"
        for name in (
            *("xslt", "xpathevaluator", "xmlschema", "relaxng", "dtd", "schematron"),
            *("htmlparser", "sax", "nsclasses", "objectify"),
        )
    )
)
"""What of its tests is about libxml2 and libxslt."""

_ALL = {
    "lxml": Case(
        requirement="lxml==6.0.2",
        target=LINUX,
        libraries=("debian:trixie/libxml2-dev,libxslt1-dev,zlib1g-dev",),
        works='from lxml import etree as e; s = e.XML(\'<x:stylesheet version="1.0" xmlns:x='
        '"http://www.w3.org/1999/XSL/Transform"><x:template match="/"><b/></x:template>'
        "</x:stylesheet>'); assert e.XSLT(s)(e.XML('<a/>')).getroot().tag == 'b'",
        tests=_LXML_TESTS,
    ),
    "cffi": Case(
        requirement="cffi==2.0.0",
        target=LINUX,
        libraries=("debian:trixie/libffi-dev",),
        works="import cffi; f = cffi.FFI(); f.cdef('int abs(int);'); "
        "assert f.dlopen(None).abs(-3) == 3",
        # The others compile, which needs a compiler on the target.
        tests=f"{PYTEST} {{project}}/src/c/test_c.py",
    ),
    "pyyaml": Case(
        requirement="pyyaml==6.0.3",
        target=LINUX,
        libraries=("debian:trixie/libyaml-dev",),
        works=_YAML_WORKS,
        environ={"PYYAML_FORCE_LIBYAML": "1"},
        tests=_YAML_TESTS,
    ),
    "pillow": Case(
        requirement="pillow==12.0.0",
        target=LINUX,
        libraries=(
            "debian:trixie/libjpeg62-turbo-dev,zlib1g-dev,libpng-dev,libtiff-dev,libfreetype-dev,"
            "libwebp-dev",
        ),
        # Pillow's own: it takes for the target's what it finds in this machine's /usr/lib.
        settings=("platform-guessing=disable",),
        works=_PILLOW_WORKS,
        # Their pictures are named from the project's directory.
        tests=f"cd {{project}} && {PYTEST} {_PILLOW_TESTS}",
    ),
    "psycopg": Case(
        requirement="psycopg-c==3.3.8",
        target=LINUX,
        libraries=("debian:trixie/libpq-dev",),
        works="import psycopg; assert psycopg.pq.__impl__ == 'c' and psycopg.pq.version() > 170000;"
        " c = psycopg.pq.PGconn.connect(b'host=127.0.0.1 port=1'); "
        "assert b'connection' in c.error_message.lower()",
        test_requires=("psycopg==3.3.8",),
        remark="its tests need a server",
    ),
    "shapely": Case(
        requirement="shapely==2.2.0",
        target=LINUX,
        libraries=("debian:trixie/libgeos-dev",),
        works="import shapely as s; assert s.Point(0, 0).buffer(1).area > 3.1; "
        "assert s.geos_version >= (3, 13)",
        tests=f"{PYTEST} --pyargs shapely.tests.test_constructive shapely.tests.test_io",
    ),
    "h5py": Case(
        requirement="h5py==3.16.0",
        target=LINUX,
        libraries=("debian:trixie/libhdf5-dev",),
        # h5py's own: it would load the target's library, to ask it.
        environ={
            "HDF5_VERSION": "1.14.5",
            "HDF5_PKGCONFIG_NAME": "hdf5-serial",
            "H5PY_ROS3": "0",
            "H5PY_DIRECT_VFD": "0",
        },
        works="import h5py; f = h5py.File('x', 'w', driver='core', backing_store=False); "
        "f['a'] = [1, 2]; assert f['a'][1] == 2",
        tests=f"{PYTEST} --pyargs h5py.tests.test_file",
        test_requires=("pytest", "pytest-mpi"),
    ),
    "cryptography": Case(
        requirement="cryptography==50.0.2",
        target=LINUX,
        libraries=("debian:trixie/libssl-dev",),
        works="from cryptography.fernet import Fernet; f = Fernet(Fernet.generate_key()); "
        "assert f.decrypt(f.encrypt(b'x')) == b'x'",
        test_requires=(
            *("pytest", "pytest-benchmark", "pretend", "certifi"),
            "cryptography-vectors==50.0.2",
        ),
        tests=f"{PYTEST} {{project}}/tests/test_fernet.py "
        "{project}/tests/hazmat/primitives/test_hashes.py",
    ),
    "numpy": Case(
        requirement="numpy==2.5.5",
        target=LINUX,
        libraries=("pypi:scipy-openblas64",),
        settings=(
            "setup-args=-Dblas=scipy-openblas",
            "setup-args=-Dlapack=scipy-openblas",
            "setup-args=-Duse-ilp64=true",
            "setup-args=-Ddisable-optimization=true",
        ),
        works="import numpy as n; a = n.random.default_rng(0).random((200, 200)); "
        "assert n.allclose(n.linalg.inv(a) @ a, n.eye(200)); "
        "assert n.show_config('dicts')['Build Dependencies']['blas']['found']",
        tests=f"{PYTEST} --pyargs numpy.linalg.tests.test_linalg",
        test_requires=("pytest", "hypothesis"),
        remark="without NumPy's code for single processors",
    ),
    "pykdtree": Case(
        requirement="pykdtree==1.4.3",
        target=LINUX,
        libraries=("pypi:cmeel-libomp==21.1.8",),
        environ={"USE_OMP": "1"},
        works="import numpy as n, pykdtree.kdtree as k; a = n.random.default_rng(0)"
        ".random((5000, 3)); assert (k.KDTree(a).query(a)[1] == n.arange(5000)).all(); "
        "assert 'libomp' in open('/proc/self/maps').read()",
        # That with mypy in its name runs mypy over type hints.
        tests=f"{PYTEST} --pyargs pykdtree -k 'not mypy'",
    ),
}

CASES: Mapping[str, Case] = {
    **_ALL,
    **{
        f"pyyaml-{target}": Case(
            requirement="pyyaml==6.0.3",
            target=target,
            sources=(LIBYAML,),
            works=_YAML_WORKS,
            environ={"PYYAML_FORCE_LIBYAML": "1"},
            tests=_YAML_TESTS,
        )
        for target in (WINDOWS, WINDOWS_ARM, MACOS, MUSL)
    },
    **{
        f"pillow-{target}": Case(
            requirement="pillow==12.0.0",
            target=target,
            sources=(ZLIB, JPEG),
            settings=("platform-guessing=disable",),
            works=_PILLOW_WORKS,
            tests=f"cd {{project}} && {PYTEST} {{project}}/Tests/test_file_jpeg.py "
            "{project}/Tests/test_file_png.py",
        )
        for target in (WINDOWS, WINDOWS_ARM, MACOS)
    },
}
