from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.target.promise import Promise
from crosshook.target.system_libraries import (
    MANYLINUX,
    SYMBOL_VERSIONS,
    WINDOWS,
    is_manylinux_library,
    is_windows_library,
    newest_symbol_versions,
)
from crosshook.wheel.checks import (
    accept_for_target,
    accept_pure,
    check_requires_python,
    target_remarks,
)
from tests.factory import make_archive, make_elf, make_pe, make_wheel, make_zip
from tests.wheel.conftest import MakePromise

CODE = {"demo/__init__.py": b"answer = 42\n"}
ARM64_NAME = "demo/_core.cp313-win_arm64.pyd"
AARCH64_NAME = "demo/_core.cpython-313-aarch64-linux-gnu.so"
EXPORTS = {
    "python313.dll": frozenset({"PyList_New", "_PyPrivate"}),
    "python3.dll": frozenset({"PyList_New"}),
}


def refused(path: Path, promise: Promise) -> str:
    with pytest.raises(RefusedWheel) as caught:
        accept_for_target(path, promise)
    return "\n".join(caught.value.problems)


def windows_wheel(directory: Path, *, name: str = ARM64_NAME, tag: str = "", **pe: object) -> Path:
    pe.setdefault("imports", {"python313.dll": ("PyList_New",), "KERNEL32.dll": ("Sleep",)})
    data = make_pe(**pe)  # type: ignore[arg-type]
    return make_wheel(directory, {name: data}, tag=tag or "cp313-cp313-win_arm64", purelib=False)


def linux_wheel(directory: Path, data: bytes, *, tag: str = "", name: str = AARCH64_NAME) -> Path:
    tag = tag or "cp313-cp313-manylinux_2_28_aarch64"
    return make_wheel(directory, {name: data}, tag=tag, purelib=False)


# Pure wheels


def test_a_pure_wheel(tmp_path: Path) -> None:
    assert accept_pure(make_wheel(tmp_path, CODE)).objects == ()


@pytest.mark.parametrize("name", ["demo/_core.so", "demo/_core.dat", "demo/README"])
def test_compiled_code_under_any_name_is_not_pure(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedWheel) as caught:
        accept_pure(make_wheel(tmp_path, {**CODE, name: make_elf(62)}))
    assert caught.value.problems == (f"{name}: ELF shared library for x86_64",)


def test_each_condition_of_purity_has_its_line(tmp_path: Path) -> None:
    path = make_wheel(
        tmp_path, {"demo/a.pyd": make_pe()}, tag="cp313-cp313-win_arm64", purelib=False
    )
    with pytest.raises(RefusedWheel) as caught:
        accept_pure(path)
    assert caught.value.problems == (
        "tag cp313-cp313-win_arm64: not *-none-any",
        "WHEEL: Root-Is-Purelib is not true",
        "demo/a.pyd: PE shared library for aarch64",
    )


def test_a_pure_wheel_is_for_every_target(tmp_path: Path, make_promise: MakePromise) -> None:
    accept_for_target(make_wheel(tmp_path, CODE), make_promise("win_arm64"))


@pytest.mark.parametrize("wanted", ["", ">=3.9", ">=3.13.4", "==3.13.*", ">=3.8,!=3.13.0,<3.14"])
def test_a_release_of_the_target_python_fits(
    tmp_path: Path, make_promise: MakePromise, wanted: str
) -> None:
    wheel = accept_pure(make_wheel(tmp_path, CODE, requires_python=wanted))
    check_requires_python(wheel, make_promise("win_arm64"))


@pytest.mark.parametrize("wanted", [">=3.14", "<3.13", "!=3.13.*", "about 3"])
def test_no_release_of_the_target_python_fits(
    tmp_path: Path, make_promise: MakePromise, wanted: str
) -> None:
    wheel = accept_pure(make_wheel(tmp_path, CODE, requires_python=wanted))
    with pytest.raises(RefusedWheel) as caught:
        check_requires_python(wheel, make_promise("win_arm64"))
    assert wanted in caught.value.problems[0]


@pytest.mark.parametrize("tag", ["py2-none-any", "cp312-none-any", "py314-none-any"])
def test_a_pure_wheel_for_another_python(
    tmp_path: Path, make_promise: MakePromise, tag: str
) -> None:
    wheel = accept_pure(make_wheel(tmp_path, {"demo.py": b""}, tag=tag))
    with pytest.raises(RefusedWheel, match=f"{tag}.whl: not for Python 3.13$") as caught:
        check_requires_python(wheel, make_promise("win_arm64"))
    assert f"tag {tag}: " in caught.value.problems[0]


@pytest.mark.parametrize("tag", ["py2.py3-none-any", "cp313-none-any", "py312-none-any"])
def test_a_pure_wheel_for_this_python(tmp_path: Path, make_promise: MakePromise, tag: str) -> None:
    wheel = accept_pure(make_wheel(tmp_path, {"demo.py": b""}, tag=tag))
    check_requires_python(wheel, make_promise("win_arm64"))


def test_a_wheel_that_only_says_that_it_is_pure(tmp_path: Path, make_promise: MakePromise) -> None:
    path = make_wheel(tmp_path, {**CODE, ARM64_NAME: make_pe()})
    assert "PE shared library for aarch64" in refused(path, make_promise("win_arm64"))


# Wheels for a target


def test_windows(tmp_path: Path, make_promise: MakePromise) -> None:
    path = windows_wheel(tmp_path)
    wheel = accept_for_target(path, make_promise("win_arm64", exports=EXPORTS))
    assert [found.name for found in wheel.objects] == [ARM64_NAME]


def test_linux(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_elf(
        needed=("libc.so.6", "ld-linux-aarch64.so.1"),
        versions={"libc.so.6": ("GLIBC_2.17", "GLIBC_2.28")},
    )
    accept_for_target(linux_wheel(tmp_path, data), make_promise("manylinux_2_28_aarch64"))


def test_the_machine_in_the_code_is_not_the_one_in_the_name(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    said = refused(windows_wheel(tmp_path, machine=0x8664), make_promise("win_arm64"))
    assert said == (f"{ARM64_NAME}: PE shared library for x86_64; win_arm64 needs PE for aarch64")
    said = refused(linux_wheel(tmp_path, make_elf(62)), make_promise("manylinux_2_28_aarch64"))
    assert said == (
        f"{AARCH64_NAME}: ELF shared library for x86_64; "
        "manylinux_2_28_aarch64 needs ELF for aarch64"
    )


def test_an_import_library_of_another_machine(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {ARM64_NAME: make_pe(), "demo/lib/demo.lib": make_archive(make_pe(0x8664))}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert "demo/lib/demo.lib: ar archive of PE for x86_64" in refused(
        path, make_promise("win_arm64")
    )


def test_relocatable_objects_of_another_machine_are_remarked(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    files = {ARM64_NAME: make_pe(), "demo/switch_x64.obj": b"\x64\x86\3\0" + bytes(60)}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    promise = make_promise("win_arm64")
    (remark,) = target_remarks(accept_for_target(path, promise), promise)
    assert remark.startswith("demo/switch_x64.obj: COFF relocatable for x86_64")


@pytest.mark.parametrize(
    ("tag", "accepted"),
    [
        ("cp313-cp313-manylinux_2_28_aarch64", True),
        ("cp313-cp313-manylinux_2_17_aarch64", True),
        ("cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64", True),
        ("cp310-abi3-manylinux_2_17_aarch64", True),
        ("cp313-cp313-manylinux_2_29_aarch64", False),
        ("cp313-cp313-linux_aarch64", False),
        ("cp313-cp313-manylinux_2_28_x86_64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", False),
        ("cp314-abi3-manylinux_2_17_aarch64", False),
    ],
)
def test_tags_that_a_manylinux_target_accepts(
    tmp_path: Path, make_promise: MakePromise, tag: str, accepted: bool
) -> None:
    name = "demo/_core.abi3.so" if "abi3" in tag else AARCH64_NAME
    path = linux_wheel(tmp_path, make_elf(), tag=tag, name=name)
    promise = make_promise("manylinux_2_28_aarch64")
    if accepted:
        accept_for_target(path, promise)
    else:
        assert "accepts cp313-cp313-manylinux_2_28_aarch64 and older" in refused(path, promise)


def test_a_linux_target_accepts_its_own_tag(make_promise: MakePromise) -> None:
    tags = {str(tag) for tag in make_promise("linux_aarch64").accepted}
    assert "cp313-cp313-linux_aarch64" in tags
    assert not any("manylinux" in tag for tag in tags)


def test_a_platform_tag_without_anything_for_a_platform(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    path = make_wheel(tmp_path, CODE, tag="py3-none-win_arm64")
    assert "no object file is in it" in refused(path, make_promise("win_arm64"))


@pytest.mark.parametrize(
    "name",
    [
        "demo/_core.cpython-313-x86_64-linux-gnu.so",
        "demo/_core.cp312-win_arm64.pyd",
        "demo/_core.cp313-win_amd64.pyd",
        "demo/_core.abi3-x.pyd",
        "demo/_core.dll",
    ],
)
def test_a_module_that_the_target_python_would_not_find(
    tmp_path: Path, make_promise: MakePromise, name: str
) -> None:
    assert f"{name}: an extension module" in refused(
        windows_wheel(tmp_path, name=name), make_promise("win_arm64")
    )


def test_a_module_whose_init_function_has_another_name(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    path = windows_wheel(tmp_path, name="demo/_other.cp313-win_arm64.pyd")
    assert "it has no PyInit__other, but PyInit__core" in refused(path, make_promise("win_arm64"))


def test_a_name_that_the_python_dll_lacks(tmp_path: Path, make_promise: MakePromise) -> None:
    path = windows_wheel(tmp_path, imports={"python313.dll": ("PyList_New", "_PyGone")})
    said = refused(path, make_promise("win_arm64", exports=EXPORTS))
    assert said == f"{ARM64_NAME}: imports _PyGone from python313.dll, which lacks it"


@pytest.mark.parametrize("dll", ["python312.dll", "python313t.dll", "python313_d.dll"])
def test_the_dll_of_another_python(tmp_path: Path, make_promise: MakePromise, dll: str) -> None:
    path = windows_wheel(tmp_path, imports={dll: ("PyList_New",)})
    assert f"imports {dll}; the target Python has python313.dll" in refused(
        path, make_promise("win_arm64")
    )


def test_the_stable_abi_is_linked_to_its_own_dll(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = make_promise("win_arm64")
    tag, name = "cp310-abi3-win_arm64", "demo/_core.pyd"
    path = windows_wheel(tmp_path, tag=tag, name=name)
    assert "in a wheel for the stable ABI (python3.dll)" in refused(path, promise)
    good = windows_wheel(tmp_path, tag=tag, name=name, imports={"python3.dll": ("PyList_New",)})
    accept_for_target(good, make_promise("win_arm64", exports=EXPORTS))


@pytest.mark.parametrize("dll", ["msvcp140.dll", "libwinpthread-1.dll", "vcruntime140d.dll"])
def test_a_dll_that_nobody_brings(tmp_path: Path, make_promise: MakePromise, dll: str) -> None:
    path = windows_wheel(tmp_path, imports={dll: ("x",)})
    assert f"imports {dll}, which neither Windows nor CPython brings" in refused(
        path, make_promise("win_arm64")
    )


def test_a_dll_in_the_wheel_or_of_the_system(tmp_path: Path, make_promise: MakePromise) -> None:
    imports = {"MSVCP140.dll": ("x",), "VCRUNTIME140_1.dll": ("y",), "api-ms-win-crt-x.dll": ("z",)}
    files = {
        ARM64_NAME: make_pe(imports=imports),
        "demo/__init__.py": b"import os\nos.add_dll_directory(__file__ + '/../../demo.libs')\n",
        "demo.libs/msvcp140.dll": make_pe(exports=("x",)),
    }
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    accept_for_target(path, make_promise("win_arm64"))


def test_a_symbol_version_that_the_tag_does_not_promise(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    data = make_elf(versions={"libc.so.6": ("GLIBC_2.17", "GLIBC_2.34")})
    said = refused(linux_wheel(tmp_path, data), make_promise("manylinux_2_28_aarch64"))
    assert "needs GLIBC_2.34; manylinux_2_28_aarch64 has no newer than GLIBC_2.28" in said
    data = make_elf(versions={"libstdc++.so.6": ("GLIBCXX_3.4.30",)})
    said = refused(linux_wheel(tmp_path, data), make_promise("manylinux_2_28_aarch64"))
    assert "needs GLIBCXX_3.4.30" in said


@pytest.mark.parametrize(
    ("library", "why"),
    [("libpython3.13.so.1.0", "many a Python for Linux lacks"), ("libssl.so.3", "not every")],
)
def test_a_library_that_not_every_linux_has(
    tmp_path: Path, make_promise: MakePromise, library: str, why: str
) -> None:
    data = make_elf(needed=("libc.so.6", library))
    said = refused(linux_wheel(tmp_path, data), make_promise("manylinux_2_28_aarch64"))
    assert library in said
    assert why in said


@pytest.mark.parametrize("version", ["GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"])
def test_a_symbol_version_of_glibc_without_a_number(
    tmp_path: Path, make_promise: MakePromise, version: str
) -> None:
    path = linux_wheel(tmp_path, make_elf(versions={"libc.so.6": (version,)}))
    assert f"needs {version}" in refused(path, make_promise("manylinux_2_28_aarch64"))


def test_a_wheel_is_held_to_the_oldest_of_its_tags(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    promise = make_promise("manylinux_2_28_aarch64")
    data = make_elf(versions={"libc.so.6": ("GLIBC_2.28",)})
    tag = "cp313-cp313-manylinux_2_17_aarch64.manylinux_2_28_aarch64"
    said = refused(linux_wheel(tmp_path, data, tag=tag), promise)
    assert "needs GLIBC_2.28; manylinux_2_17_aarch64 has no newer than GLIBC_2.17" in said
    accept_for_target(linux_wheel(tmp_path, data), promise)


@pytest.mark.parametrize("tag", ["cp310-abi3", "cp313-abi3", "py3-none"])
def test_a_module_for_one_python_in_a_wheel_for_many(
    tmp_path: Path, make_promise: MakePromise, tag: str
) -> None:
    tag = f"{tag}-manylinux_2_28_aarch64"
    said = refused(linux_wheel(tmp_path, make_elf(), tag=tag), make_promise(tag.split("-")[2]))
    assert said == f"{AARCH64_NAME}: only Python 3.13 imports it, and the tag {tag} promises more"


def test_archives_of_other_formats(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {ARM64_NAME: make_pe(), "demo/demo.lib": make_archive(b"\0asm\1\0\0\0")}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert "demo/demo.lib: ar archive of wasm" in refused(path, make_promise("win_arm64"))


def test_free_threaded(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = make_promise("win_arm64", "3.13t")
    options = {"tag": "cp313-cp313t-win_arm64", "name": "demo/_core.cp313t-win_arm64.pyd"}
    accept_for_target(
        windows_wheel(tmp_path, imports={"python313t.dll": ("x",)}, **options), promise
    )
    said = refused(windows_wheel(tmp_path, imports={"python313.dll": ("x",)}, **options), promise)
    assert "imports python313.dll; the target Python has python313t.dll" in said
    said = refused(
        windows_wheel(tmp_path, imports={"python3t.dll": ("PyList_New",)}, **options), promise
    )
    assert "imports python3t.dll; the target Python has python313t.dll" in said


def test_a_wheel_for_the_build_with_the_gil(tmp_path: Path, make_promise: MakePromise) -> None:
    path = windows_wheel(tmp_path, imports={"python313.dll": ("x",)})
    said = refused(path, make_promise("win_arm64", "3.13t"))
    assert "tag cp313-cp313-win_arm64: win_arm64 accepts cp313-cp313t-win_arm64" in said
    assert "this one's suffix is .cp313t-win_arm64.pyd" in said


@pytest.mark.parametrize("version", ["3.15", "3.15t"])
def test_both_builds_of_3_15_load_modules_for_abi3t(
    tmp_path: Path, make_promise: MakePromise, version: str
) -> None:
    options = {"tag": "cp315-abi3.abi3t-win_arm64", "name": "demo/_core.pyd"}
    path = windows_wheel(tmp_path, imports={"python3t.dll": ("PyList_New",)}, **options)
    accept_for_target(path, make_promise("win_arm64", version))


def test_python3t_dll_before_3_15(tmp_path: Path, make_promise: MakePromise) -> None:
    options = {"tag": "cp310-abi3-win_arm64", "name": "demo/_core.pyd"}
    path = windows_wheel(tmp_path, imports={"python3t.dll": ("PyList_New",)}, **options)
    said = refused(path, make_promise("win_arm64", "3.14"))
    assert "imports python3t.dll; the target Python has python314.dll" in said


def test_a_target_python_that_names_no_suffixes(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = replace(make_promise("manylinux_2_28_aarch64"), suffixes=())
    assert "its description names none" in refused(linux_wheel(tmp_path, make_elf()), promise)


def test_a_module_without_an_init_function_is_remarked(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    promise = make_promise("win_arm64")
    wheel = accept_for_target(windows_wheel(tmp_path, exports=("run",)), promise)
    assert target_remarks(wheel, promise) == (
        f"{ARM64_NAME}: named as an extension module, and has no PyInit_ function",
    )


def test_damage_is_a_reason(tmp_path: Path, make_promise: MakePromise) -> None:
    said = refused(linux_wheel(tmp_path, make_elf()[:100]), make_promise("manylinux_2_28_aarch64"))
    assert f"{AARCH64_NAME}: damaged ELF" in said


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs", make_pe()[:64]])
def test_a_file_with_a_modules_name_that_holds_no_code(
    tmp_path: Path, make_promise: MakePromise, content: bytes
) -> None:
    name = "demo/_more.cp313-win_arm64.pyd"
    files = {ARM64_NAME: make_pe(), name: content}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert refused(path, make_promise("win_arm64")) == (
        f"{name}: named as an extension module, and no object file"
    )


def test_code_that_is_cut_off(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {ARM64_NAME: make_pe(imports={"python312.dll": ("x",)})[:600]}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert f"{ARM64_NAME}: damaged PE" in refused(path, make_promise("win_arm64"))


@pytest.mark.parametrize(("wide", "order"), [(False, "<"), (True, ">")])
def test_a_processor_that_shares_the_machine_number(
    tmp_path: Path, make_promise: MakePromise, wide: bool, order: str
) -> None:
    data = make_elf(183, needed=(), wide=wide, order=order)
    said = refused(linux_wheel(tmp_path, data), make_promise("manylinux_2_28_aarch64"))
    assert "; manylinux_2_28_aarch64 needs ELF for aarch64" in said


@pytest.mark.parametrize(
    ("tag", "name", "also"),
    [
        ("cp313-cp313-win_amd64.win_arm64", ARM64_NAME, "win_amd64"),
        ("py3-none-any.win_arm64", "demo/_core.pyd", "any"),
    ],
)
def test_a_wheel_that_is_offered_to_other_machines_too(
    tmp_path: Path, make_promise: MakePromise, tag: str, name: str, also: str
) -> None:
    path = windows_wheel(tmp_path, tag=tag, name=name, imports={"python3.dll": ("PyList_New",)})
    assert refused(path, make_promise("win_arm64")) == (
        f"its tags also say {also}, and the code in it is for win_arm64"
    )


@pytest.mark.parametrize(
    ("platforms", "needed", "accepted"),
    [
        ("manylinux_2_28_aarch64.manylinux_2_34_aarch64", ("libc.so.6",), True),
        ("manylinux_2_28_aarch64.manylinux_2_28_x86_64", ("libc.so.6",), False),
        ("manylinux_2_28_aarch64.musllinux_1_2_aarch64", ("libc.so.6",), False),
        ("manylinux_2_28_aarch64.musllinux_1_2_aarch64", (), True),
    ],
)
def test_other_linuxes(
    tmp_path: Path,
    make_promise: MakePromise,
    platforms: str,
    needed: tuple[str, ...],
    accepted: bool,
) -> None:
    path = linux_wheel(tmp_path, make_elf(needed=needed), tag=f"cp313-cp313-{platforms}")
    promise = make_promise("manylinux_2_28_aarch64")
    if accepted:
        accept_for_target(path, promise)
    else:
        assert f"its tags also say {platforms.split('.')[1]}" in refused(path, promise)


def test_a_module_for_one_python_in_a_wheel_for_two(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    tag = "cp312.cp313-cp312.cp313-win_arm64"
    said = refused(windows_wheel(tmp_path, tag=tag), make_promise("win_arm64"))
    assert "only Python 3.13 imports it, and the tag cp312-cp312-win_arm64 promises more" in said


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("py3-none", "which only Python 3.13 has, and the tag py3-none-win_arm64 promises more"),
        ("cp313-cp313.abi3", "in a wheel for the stable ABI (python3.dll)"),
    ],
)
def test_the_dll_of_one_python_in_a_wheel_for_many(
    tmp_path: Path, make_promise: MakePromise, tag: str, why: str
) -> None:
    path = windows_wheel(tmp_path, tag=f"{tag}-win_arm64", name="demo/_core.pyd")
    said = refused(path, make_promise("win_arm64"))
    assert said == f"demo/_core.pyd: imports python313.dll, {why}"


def test_a_target_python_that_names_the_stable_suffix_first(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    linux, windows = make_promise("manylinux_2_28_aarch64"), make_promise("win_arm64")
    linux = replace(linux, suffixes=(".abi3.so", *linux.suffixes))
    accept_for_target(linux_wheel(tmp_path, make_elf()), linux)
    windows = replace(windows, suffixes=(".pyd", *windows.suffixes))
    files = {ARM64_NAME: make_pe(), "demo/_b.cp312-win_amd64.pyd": make_pe(exports=())}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert "this one's suffix is .cp313-win_arm64.pyd" in refused(path, windows)


def test_a_module_at_the_root_of_a_nested_archive(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    files = {ARM64_NAME: make_pe(), "v.zip": make_zip({"_core.cp313-win_arm64.pyd": make_pe()})}
    path = make_wheel(tmp_path, files, tag="cp313-cp313-win_arm64", purelib=False)
    assert len(accept_for_target(path, make_promise("win_arm64")).objects) == 2


def test_a_symbol_version_that_no_integer_holds(tmp_path: Path, make_promise: MakePromise) -> None:
    versions = {"libc.so.6": ("GLIBC_" + "9" * 5000, "GLIBCXX_" + "9" * 5000)}
    path = linux_wheel(tmp_path, make_elf(versions=versions))
    said = refused(path, make_promise("manylinux_2_28_aarch64"))
    assert said.count("has no newer than") == 2


def test_a_wheel_of_the_build_for_a_target_that_promises_more(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    path = linux_wheel(tmp_path, make_elf(), tag="cp313-cp313-linux_aarch64")
    assert refused(path, make_promise("manylinux_2_28_aarch64")) == (
        "tag cp313-cp313-linux_aarch64: manylinux_2_28_aarch64 accepts "
        "cp313-cp313-manylinux_2_28_aarch64 and older"
    )


def test_code_in_a_nested_archive_is_not_pure(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {"demo/a.zip": make_zip({"b.dat": make_elf(62)})})
    with pytest.raises(RefusedWheel) as caught:
        accept_pure(path)
    assert caught.value.problems == ("demo/a.zip:b.dat: ELF shared library for x86_64",)


@pytest.mark.parametrize(
    ("dll", "pointer_size", "brought"),
    [
        ("KERNEL32.dll", 8, True),
        ("WINSPOOL.DRV", 8, True),
        ("ext-ms-win-x.dll", 8, True),
        ("VCRUNTIME140.dll", 4, True),
        ("VCRUNTIME140_1.dll", 8, True),
        ("VCRUNTIME140_1.dll", 4, False),
        ("MSVCP140.dll", 8, False),
    ],
)
def test_dlls_that_are_brought(dll: str, pointer_size: int, brought: bool) -> None:
    assert is_windows_library(dll, pointer_size=pointer_size) is brought


@pytest.mark.parametrize("name", ["libc.so.6", "ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2"])
def test_libraries_of_every_linux(name: str) -> None:
    assert is_manylinux_library(name)
    assert not is_manylinux_library(f"{name}.7")


def test_a_glibc_between_two_policies_has_the_older_ones_versions() -> None:
    assert newest_symbol_versions((2, 28)) == {"GLIBC": (2, 28), **SYMBOL_VERSIONS[2, 26]}


@pytest.mark.integration
def test_the_manylinux_policies_are_auditwheels() -> None:
    import importlib.resources
    import json

    policies = json.loads(
        (importlib.resources.files("auditwheel") / "policy" / "manylinux-policy.json").read_text()
    )
    everywhere = set(policies[-1]["lib_whitelist"])
    for policy in policies:
        major_minor = policy["name"].removeprefix("manylinux_").split("_")
        if len(major_minor) != 2 or int(major_minor[1]) < 17:
            continue
        everywhere &= set(policy["lib_whitelist"])
        glibc = (int(major_minor[0]), int(major_minor[1]))
        ours = SYMBOL_VERSIONS[max(known for known in SYMBOL_VERSIONS if known <= glibc)]
        for library, newest in ours.items():
            theirs = max(
                tuple(int(part) for part in version.split(".") if part.isdigit())
                for arch in ("x86_64", "aarch64")
                for version in policy["symbol_versions"][arch][library]
            )
            assert newest == theirs, (policy["name"], library)
    assert everywhere == MANYLINUX


@pytest.mark.integration
def test_the_dlls_of_windows_are_among_delvewheels() -> None:
    import importlib

    lists = importlib.import_module("delvewheel._dll_list")
    known = set().union(*lists.ignore_names.values())
    assert [n for n in WINDOWS if f"{n}.dll" not in known and f"{n}.drv" not in known] == []
