"""Whatever the data, there is an answer or an error with a line for the user, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import fuzz_targets
from tests.conftest import FIXTURES, MakeTarget
from tests.factory import make_elf, make_mach_o, make_pe, make_wheel

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SEEDS = FIXTURES / "fuzz"
QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def seeds() -> Iterator[tuple[str, Path]]:
    for directory in sorted(SEEDS.iterdir()):
        for file in sorted(directory.iterdir()):
            yield directory.name, file


@pytest.mark.parametrize(
    ("target", "file"), list(seeds()), ids=[f"{name}-{file.name}" for name, file in seeds()]
)
def test_what_was_found_once(target: str, file: Path) -> None:
    fuzz_targets.attempt(fuzz_targets.TARGETS[target], file.read_bytes())


@pytest.mark.parametrize("target", fuzz_targets.TARGETS)
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes(target: str, data: bytes) -> None:
    fuzz_targets.attempt(fuzz_targets.TARGETS[target], data)


@pytest.mark.parametrize("target", ["tag", "python_version", "requirement", "printed", "command"])
@QUICK
@given(text=st.text(max_size=200))
def test_any_text(target: str, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    fuzz_targets.attempt(fuzz_targets.TARGETS[target], data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)


def replaced(data: object, at: int, value: object) -> object:
    """Return a copy of JSON data in which the value that comes as number ``at`` is another."""
    count = -1

    def walk(part: object) -> object:
        nonlocal count
        count += 1
        if count == at:
            return value
        if isinstance(part, dict):
            return {key: walk(item) for key, item in part.items()}
        return [walk(item) for item in part] if isinstance(part, list) else part

    return walk(data)


@QUICK
@given(at=st.integers(0, 120), value=VALUES)
def test_a_target_with_another_value(make_target: MakeTarget, at: int, value: object) -> None:
    data = json.loads(json.dumps(make_target("win_arm64").to_json()))
    changed = json.dumps(replaced(data, at, value)).encode()
    fuzz_targets.attempt(fuzz_targets.target_mapping, changed)


@QUICK
@given(at=st.integers(0, 40), value=VALUES)
def test_build_details_with_another_value(make_target: MakeTarget, at: int, value: object) -> None:
    target = make_target("manylinux_2_28_aarch64")
    data = json.loads(json.dumps(dict(target.python)))
    changed = json.dumps(replaced(data, at, value)).encode()
    fuzz_targets.attempt(fuzz_targets.build_details, changed)


KEYS = ("requires", "build-backend", "backend-path", "adapter", "test-command", "target-requires")


@QUICK
@given(
    key=st.sampled_from(KEYS),
    value=st.sampled_from(["1", '"x"', "[]", "{}", "true", '["\\u0000"]', "[[]]", "1.5", "nan"])
    | st.text(max_size=30),
    table=st.sampled_from(["build-system", "tool.crosshook", "tool"]),
)
def test_pyprojects(key: str, value: str, table: str) -> None:
    text = f"[{table}]\nrequires = []\n{key} = {value}\n"
    fuzz_targets.attempt(fuzz_targets.pyproject, text.encode("utf-8", "replace"))


def good_files(directory: Path) -> dict[str, bytes]:
    """Return good data for the targets that take files."""
    module = "demo/_core.cpython-313-aarch64-linux-gnu.so"
    tag = "cp313-cp313-manylinux_2_28_aarch64"
    files = {"demo/__init__.py": b"", module: make_elf(183)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("demo-1.0/pyproject.toml", "")
    return {
        "wheel": make_wheel(directory, files, tag=tag, purelib=False).read_bytes(),
        "sdist": stream.getvalue() + b"\0" * ((2 - len(stream.getvalue())) % 5),
        "elf": make_elf(183),
        "pe": make_pe(),
        "mach-o": make_mach_o(),
    }


@pytest.mark.parametrize("kind", ["wheel", "sdist", "elf", "pe", "mach-o"])
@QUICK
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
    end=st.floats(0.05, 1),
)
def test_files_with_other_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    changes: list[tuple[float, int]],
    end: float,
) -> None:
    data = bytearray(good_files(tmp_path_factory.mktemp("good"))[kind])
    for place, byte in changes:
        data[int(place * (len(data) - 1))] = byte
    data = data[: int(len(data) * max(end, 0.05))]
    target = kind if kind in fuzz_targets.TARGETS else "object_file"
    fuzz_targets.attempt(fuzz_targets.TARGETS[target], bytes(data))


def test_a_bomb_within_the_limit_of_the_target() -> None:
    data = gzip.compress(bytes(fuzz_targets.LIMIT * 2))
    data += b"\0" * (-len(data) % 5)
    error = fuzz_targets.attempt(fuzz_targets.sdist, data)
    assert error is not None
    assert "unpacks to more than" in error.message
