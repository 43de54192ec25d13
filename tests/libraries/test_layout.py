"""One look at a directory of libraries."""

from __future__ import annotations

import pytest

from crosshook.errors import UsageError
from crosshook.libraries.layout import look
from crosshook.target.platforms import parse_platform
from tests.factory import make_archive, make_elf, make_mach_o, make_pe
from tests.libraries.conftest import MakeFiles

AARCH64 = parse_platform("manylinux_2_28_aarch64", source="test")
ARM64 = parse_platform("win_arm64", source="test")
MAC = parse_platform("macosx_11_0_arm64", source="test")
OURS = make_elf(183)
THEIRS = make_elf(62)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(["lib/libx.so"], [""], id="make install"),
        pytest.param(["lib64/libx.so"], [""], id="lib64 alone"),
        pytest.param(
            ["Cellar/x/1.0_1/lib/libx.so", "Cellar/x/1.0_1/.brew/x.rb", "Cellar/y/2/include/y.h"],
            ["Cellar/x/1.0_1", "Cellar/y/2"],
            id="Homebrew's Cellar",
        ),
        pytest.param(["usr/lib/aarch64-linux-gnu/libx.so"], ["usr"], id="Debian"),
        pytest.param(
            ["full_deploy/host/x/1.0/Release/armv8/lib/libx.so", "full_deploy/host/y/2/lib/liby.a"],
            ["full_deploy/host/x/1.0/Release/armv8", "full_deploy/host/y/2"],
            id="Conan",
        ),
        pytest.param(
            ["arm64-linux/lib/libx.so", "arm64-linux/debug/lib/libx.so"],
            ["arm64-linux"],
            id="vcpkg",
        ),
    ],
)
def test_layouts(make_files: MakeFiles, files: list[str], expected: list[str]) -> None:
    root = make_files(dict.fromkeys(files, OURS))
    found = look(root, AARCH64, source="--libraries")
    assert [prefix.root for prefix in found.prefixes] == [root / name for name in expected]
    assert found.tree == (root if expected == ["usr"] else None)


def test_what_conan_generates(make_files: MakeFiles) -> None:
    """Beside ``full_deploy``, in the directory that ``conan install --output-folder`` names."""
    package = "full_deploy/host/x/1.0/Release/armv8"
    files: dict[str, str | bytes] = {
        "x.pc": f"prefix=/conan/{package}\nlibdir=${{prefix}}/lib\nName: x\nLibs: -lx\n",
        f"{package}/lib/libx.so": OURS,
    }
    root = make_files(files)
    first, second = look(root, AARCH64, source="--libraries").prefixes
    assert (first.root, second.root) == (root, root / package)
    (text,) = first.package_files().values()
    assert text.startswith(f"prefix={root}/{package}\n")


def test_headers_of_one_package_and_libraries_for_another_machine(make_files: MakeFiles) -> None:
    root = make_files({"x/include/x.h": "", "y/lib/liby.so": THEIRS})
    with pytest.raises(UsageError, match=r"liby\.so: ELF for x86_64"):
        look(root, AARCH64, source="--libraries")


def test_wheels(make_files: MakeFiles) -> None:
    """Prefixes among modules, wherever they are."""
    files: dict[str, str | bytes] = {
        "openblas/lib/libopenblas.so": OURS,
        "openblas/include/cblas.h": "",
        "cmeel.prefix/lib/pkgconfig/omp.pc": "",
        "numpy/lib/__init__.py": "",
        "numpy/lib/_x.cpython-313-aarch64-linux-gnu.so": THEIRS,
        "numpy/_core/include/numpy/ndarrayobject.h": "",
        "x-1.0.data/data/Library/include/x.h": "",
        "x-1.0.dist-info/RECORD": "",
        "x-1.0.dist-info/include/y.h": "",
    }
    root = make_files(files)
    found = look(root, AARCH64, source="--libraries").prefixes
    assert [prefix.root.relative_to(root).as_posix() for prefix in found] == [
        *("cmeel.prefix", "numpy/_core", "openblas", "x-1.0.data/data/Library"),
    ]


def test_vcpkg_has_triplets_of_this_machine_beside(make_files: MakeFiles) -> None:
    root = make_files({"x64-linux/lib/libx.so": THEIRS, "arm64-linux/lib/libx.so": OURS})
    (prefix,) = look(root, AARCH64, source="--libraries").prefixes
    assert prefix.root == root / "arm64-linux"


def test_conda_for_windows(make_files: MakeFiles) -> None:
    root = make_files({"Library/lib/x.lib": make_archive(make_pe()), "include/y.h": ""})
    (prefix,) = look(root, ARM64, source="--libraries").prefixes
    assert prefix.root == root / "Library"


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"lib/libx.so": THEIRS}, "libx.so: ELF for x86_64;"),
        ({"lib/libx.a": make_archive(THEIRS)}, "libx.a: ELF for x86_64;"),
        ({"lib/libx.so": OURS, "lib/liby.so.2": THEIRS}, "liby.so.2: ELF for x86_64;"),
        ({"bin/x.dll": make_pe(), "lib/.keep": ""}, "x.dll: PE for "),
        ({"lib/libx.dylib": make_mach_o()}, "libx.dylib: Mach-O for "),
    ],
)
def test_another_machine(make_files: MakeFiles, files: dict[str, bytes], named: str) -> None:
    root = make_files(files)
    with pytest.raises(UsageError) as caught:
        look(root, AARCH64, source="--libraries")
    assert named in caught.value.message
    assert caught.value.message.startswith("--libraries: ")
    assert "manylinux_2_28_aarch64 needs ELF for aarch64" in caught.value.message


@pytest.mark.parametrize(
    "content", [b"", b"GROUP ( libx.so.1 )", b"\x7fELF"], ids=["empty", "script", "cut off"]
)
def test_what_says_nothing_of_a_machine(make_files: MakeFiles, content: bytes) -> None:
    root = make_files({"lib/libx.so": content})
    assert look(root, AARCH64, source="--libraries").prefixes


def test_headers_alone(make_files: MakeFiles) -> None:
    root = make_files({"include/x.h": ""})
    assert look(root, MAC, source="--libraries").prefixes


@pytest.mark.parametrize(("name", "said"), [("", "neither include nor lib"), ("no", "no such")])
def test_no_libraries(make_files: MakeFiles, name: str, said: str) -> None:
    root = make_files({"docs/readme": ""})
    with pytest.raises(UsageError, match=said):
        look(root / name, AARCH64, source="--libraries")
