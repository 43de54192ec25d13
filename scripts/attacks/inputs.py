"""Input that is wrong, hostile or damaged: the command says so in a line, and nothing is left."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import random
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosshook.conformance.made import make_elf, make_wheel
from scripts.attacks._command import Attempt, Room, contents, wheels_in

MANY_NINES = "9" * 5000
DEEP = "[" * 100_000
AARCH64 = "manylinux_2_28_aarch64"

PREPARED = """
import os, pathlib, shutil
def build_wheel(directory, config_settings=None, metadata_directory=None):
    {first}
    (wheel,) = pathlib.Path("prepared").glob("*")
    shutil.copy(wheel, directory)
    return wheel.name
cross_build_wheel = lambda directory, target, *rest: build_wheel(directory)
"""


@dataclass(frozen=True, kw_only=True)
class Input:
    """What the command is given."""

    name: str
    arguments: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """In the current directory."""
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Give the command each input."""

    root: Path
    chosen: Sequence[Input]
    what: str = "bad inputs"

    @property
    def count(self) -> int:
        return len(self.chosen)

    def attempt(self, number: int) -> Attempt:
        one = self.chosen[number]
        room = Room(root=self.root / "room", environ={"CC": "never-run", **one.environ})
        here = room.root / "here"
        here.mkdir()
        for name, data in one.files.items():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            (here / name).write_bytes(data)
        options = ["--no-isolation", "--toolchain", "environment", "--outdir", str(room.out)]
        done = room.run("build", *options, *one.arguments, cwd=here)
        faults = done.faults
        if left := room.left():
            faults.append(f"left: {left}")
        if list(self.root.iterdir()) != [room.root] or list(self.root.rglob("evil*")):
            faults.append("something was written elsewhere")
        if done.code == 0:
            originals = [dict(contents(p)) for p in wheels_in(here / "original")]
            if not originals or [dict(contents(w)) for w in wheels_in(room.out)] != originals:
                faults.append("a wrong wheel")
        elif list(wheels_in(room.out)):
            faults.append("a wheel is there all the same")
        outcome = "right all the same" if done.code == 0 else "refused"
        return Attempt(name=one.name, faults=faults, outcome=outcome, memory=done.memory)


def all_inputs() -> Iterator[Input]:
    """Yield every input."""
    yield from _tags()
    yield from _options()
    yield from _pyprojects()
    yield from _sdists()
    yield from _hook_answers()
    yield from _wheels()
    yield from _build_details()


def _project(**files: bytes) -> dict[str, bytes]:
    text = b'[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'
    back = PREPARED.format(first="pass").encode()
    return {"pyproject.toml": text, "back.py": back, **files}


def _tags() -> Iterator[Input]:
    versions = (MANY_NINES, "999999999", "99", "0", "-1", "2.28", "x", "", "\u0662", "1_2_3", "1e9")
    forms: tuple[str, ...] = (
        "manylinux_2_{}_aarch64",
        "manylinux_{}_28_x86_64",
        "musllinux_1_{}_aarch64",
    )
    forms += ("macosx_{}_0_arm64", "macosx_11_{}_x86_64", "linux_{}", "win_{}", "win{}")
    for form, version in itertools.product(forms, versions):
        yield Input(name=f"tag {form}", arguments=["--target", form.format(version), "."])
    for tag in ("", " ", "\n", "win_arm64\n", "*", "../x", "a" * 100_000, "\x1b[2J", "any", "none"):
        yield Input(name=f"tag {tag[:20]!r}", arguments=["--target", tag, "."])


def _options() -> Iterator[Input]:
    pythons = ("2.7", "3", "3.", "3.1000000", f"3.{MANY_NINES}", "3.12t", "4.0", "", "3.13\n", "x")
    values = {
        "--python": pythons,
        "--outdir": ("", " ", "/dev/null", "/proc/x", "a\nb", "pyproject.toml"),
        "--test-requires": ("-e .", "a\n--index-url x", "", "--pre", MANY_NINES, "a @ file://x\ny"),
        "--test-extras": ("a]; touch evil", "", "\n", "a,b c"),
        "--target-python": ("", "nowhere", "/dev/null", "pyproject.toml", "."),
        "--emulator": ("'", ""),
        "--toolchain": ("x", "", "msvc"),
        "--python-source": ("x", "\n"),
        "--build-timeout": ("-1", "x", "nan", "inf", "1e400"),
    }
    for option, texts in values.items():
        for text in texts:
            arguments = [".", "--target", AARCH64, option, text]
            yield Input(name=f"{option} {text[:20]!r}", arguments=arguments, files=_project())
    for source in ("", "nowhere/", "https://127.0.0.1:1/x-1.0.tar.gz", "a==", "git+https://x/y"):
        yield Input(name=f"source {source!r}", arguments=[source, "--target", AARCH64])
    for source in ("x.whl", "a\nb", "file:///nowhere.tar.gz", "a @ file:///proc/self/mem", "-"):
        yield Input(name=f"source {source!r}", arguments=["--target", AARCH64, "--", source])
    for limit in ("x", "-1", MANY_NINES):
        environ = {"CROSSHOOK_MAX_SDIST_SIZE": limit}
        yield Input(name="limit", arguments=[".", "--target", AARCH64], environ=environ)


def _pyprojects() -> Iterator[Input]:
    odd: tuple[str, ...] = (
        "1",
        "true",
        "[]",
        "{}",
        '""',
        "[1]",
        "[[]]",
        '"a\\u0000"',
        '["\\u0000"]',
        "1979-05-27",
    )
    odd += (MANY_NINES * 2, DEEP, "nan", '"../.."', '["../.."]', '"x:y:z"', '["a\\n-e ."]')
    keys = ("requires", "build-backend", "backend-path")
    base = {"requires": "[]", "build-backend": '"back"', "backend-path": '["."]'}
    for key, value in itertools.product(keys, odd):
        if (key, value) in (("requires", "[]"), ("backend-path", "[]")):
            continue
        lines = [f"{k} = {v}" for k, v in {**base, key: value}.items()]
        yield _pyproject(f"{key} {value[:12]}", "[build-system]\n" + "\n".join(lines))
    own = ("adapter", "project-sees", "target-requires", "test-command", "test-requires", "typo")
    start = "[build-system]\n" + "\n".join(f"{k} = {v}" for k, v in base.items())
    for key, value in itertools.product(own, odd[:8]):
        harmless = value == "[]" or (key, value) in (("test-command", '""'), ("adapter", "{}"))
        if not harmless:
            yield _pyproject(f"{key} {value}", f"{start}\n[tool.crosshook]\n{key} = {value}")
    for text in ("\0", "\ufeff", "[", "a=1\na=1", "[build-system]", "\x1b", "=" * 100_000):
        yield _pyproject(repr(text[:10]), text)
    yield Input(
        name="latin-1", arguments=[".", "--target", AARCH64], files={"pyproject.toml": b"\xe9"}
    )


def _pyproject(name: str, text: str) -> Input:
    files = {**_project(), "pyproject.toml": text.encode()}
    # No wheel lies there: what is understood all the same ends in the backend.
    return Input(name=f"toml {name}", arguments=[".", "--target", AARCH64], files=files)


def _sdists() -> Iterator[Input]:
    good = _tar({"demo-1.0/pyproject.toml": b"", "demo-1.0/data": random.Random(5).randbytes(9999)})
    for part in range(1, 20):
        yield _sdist(f"cut at {part}/20", good[: len(good) * part // 20])
    chance = random.Random(6)
    for _ in range(30):
        changed = bytearray(good)
        changed[chance.randrange(len(changed) - 8)] ^= 1 << chance.randrange(8)
        yield _sdist("one bit", bytes(changed))
    names = ("../evil", "/evil", "demo-1.0/../../evil", "C:evil", "..\\evil", "a" * 300, "x/" * 700)
    for name in names:
        yield _sdist(f"member {name[:20]}", _tar({"demo-1.0/setup.py": b"", name: b""}))
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, b"Z"):
        for aim in ("/tmp", "../../evil", "nothing", "demo-1.0/l", ".", "x" * 5000):
            link = tarfile.TarInfo("demo-1.0/l")
            link.type, link.linkname = kind, aim
            yield _sdist(
                f"{kind!r} to {aim[:20]}", _tar({"demo-1.0/l": link, "demo-1.0/l/evil": b""})
            )
    yield _sdist("zeros", _zeros(3 << 30))
    yield _sdist("many members", _many_members())
    for data in (b"", b"\0" * 1024, b"\x1f\x8b", b"PK\x05\x06" + bytes(18), b"<html>"):
        for suffix in (".tar.gz", ".zip", ".tar.xz", ".tar.bz2"):
            yield _sdist(f"{data[:4]!r} as {suffix}", data, suffix)


def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    packed = [packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join([*packed, packer.flush()])


def _many_members() -> bytes:
    block = b"".join(tarfile.TarInfo(f"demo-1.0/{n}").tobuf() for n in range(300_000))
    return gzip.compress(block + bytes(1024), 1)


def _tar(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name, member in members.items():
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(name)
            data = member if isinstance(member, bytes) else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _sdist(name: str, data: bytes, suffix: str = ".tar.gz") -> Input:
    file = f"demo-1.0{suffix}"
    return Input(name=f"sdist {name}", arguments=[file, "--target", AARCH64], files={file: data})


def _hook_answers() -> Iterator[Input]:
    answers: tuple[str, ...] = (
        "None",
        "5",
        "[]",
        "{}",
        "''",
        "'x'",
        "'a' * 10**7",
        "'../evil.whl'",
        "'a\\n.whl'",
    )
    answers += ("'/etc/passwd'", "b'x'", "object()", "float('nan')", "'x' * 5000 + '.whl'")
    for answer in answers:
        yield _backend(f"returns {answer}", f"return {answer}")
    firsts = (
        "raise Exception('x' * 10**7)",
        "raise RecursionError",
        "raise KeyboardInterrupt",
        "raise SystemExit(0)",
        "os._exit(0)",
        "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), 11)",
        "os.abort()",
        "import sys; sys.setrecursionlimit(10**9); f = lambda: f(); f()",
        "[print('x' * 10**6) for _ in range(1500)]; 1 / 0",
        "open(os.environ['CROSSHOOK_REPORT'], 'wb').write(b'\\xff' * 10**6); 1 / 0",
        "import shutil; shutil.rmtree(os.path.dirname(directory)); os.chdir('/')",
        "while True: pass",
    )
    for first in firsts:
        yield _backend(first, first)
    for requirement in ("-e .", "a\n-r /etc/passwd", "", "--index-url x", "a" * 5000 + " b"):
        code = PREPARED.format(first="pass")
        code += f"get_requires_for_build_wheel = lambda settings=None: [{requirement!r}]\n"
        code += "get_requires_for_cross_build_wheel = lambda target, settings=None: "
        code += f"[{requirement!r}]\n"
        files = {**_project(), "back.py": code.encode()}
        arguments = [".", "--target", AARCH64]
        yield Input(name=f"requires {requirement[:20]!r}", arguments=arguments, files=files)


def _backend(name: str, first: str) -> Input:
    files = {**_project(), "back.py": PREPARED.format(first=first).encode()}
    arguments = [".", "--target", AARCH64, "--build-timeout", "20"]
    return Input(name=f"backend {name[:40]}", arguments=arguments, files=files)


def _wheels() -> Iterator[Input]:
    digits = "{}{}".format(*sys.version_info[:2])
    tag = f"cp{digits}-cp{digits}-{AARCH64}"
    module = f"demo/_core.cpython-{digits}-aarch64-linux-gnu.so"
    with tempfile.TemporaryDirectory() as directory:
        files = {"demo/__init__.py": b"", module: make_elf(183)}
        path = make_wheel(Path(directory), files, tag=tag, purelib=False)
        name, good = path.name, path.read_bytes()
    chance = random.Random(7)
    for part in range(1, 15):
        yield _wheel(f"cut at {part}/15", name, good[: len(good) * part // 15], good)
    for _ in range(60):
        changed = bytearray(good)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        yield _wheel("one bit", name, bytes(changed), good)
    for other in ("demo.whl", "demo-1.0-py3-none-any.whl", f"demo-{MANY_NINES[:200]}-{tag}.whl"):
        yield _wheel(f"called {other[:30]}", other, good, b"")
    for data in (b"", b"PK", b"\0" * 10_000, good + good, b"x" + good):
        yield _wheel("another file", name, data, good)


def _wheel(what: str, name: str, data: bytes, original: bytes) -> Input:
    files = {**_project(), f"prepared/{name}": data}
    if original:
        files[f"original/{name}"] = original
    return Input(name=f"wheel {what}", arguments=[".", "--target", AARCH64], files=files)


def _build_details() -> Iterator[Input]:
    good = {
        "schema_version": "1.0",
        "base_prefix": "/usr",
        "platform": "linux-aarch64",
        "language": {"version": "3.13"},
        "implementation": {"name": "cpython", "hexversion": 1, "cache_tag": "cpython-313"},
        "abi": {"flags": [], "extension_suffix": ".so"},
    }
    values: tuple[object, ...] = (None, 1, [], {}, "x", {"version": 1}, MANY_NINES)
    for key, value in itertools.product(good, values):
        text = json.dumps({**good, key: value})
        yield _details(f"{key} {str(value)[:20]}", text.encode())
    for data in (b"", DEEP.encode(), b"\xff", b"1" * 10_000, b'{"a":' * 100_000):
        yield _details(repr(data[:10]), data)


def _details(name: str, data: bytes) -> Input:
    files = {**_project(), "build-details.json": data}
    arguments = [".", "--target", AARCH64, "--python", "3.13", "--target-python"]
    return Input(
        name=f"build-details {name}", arguments=[*arguments, "build-details.json"], files=files
    )
