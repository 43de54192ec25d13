"""What becomes of a compiler's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from crosshook.target.platforms import parse_platform
from crosshook.toolchains.flags import launcher_table
from crosshook.toolchains.launcher import processors
from crosshook.toolchains.launcher.translation import Refused, Translation, translate

table = cache(lambda tag: launcher_table(parse_platform(tag, source="test")))


def translated(tag: str, words: str | Sequence[str], *, files: Sequence[str] = ()) -> Translation:
    given = words.split() if isinstance(words, str) else words
    return translate(given, table(tag), lambda path: path in files, lambda: processors)


def becomes(tag: str, words: str, *, files: Sequence[str] = ()) -> str:
    return " ".join(translated(tag, words, files=files).words)


LINUX = "manylinux_2_28_aarch64"


@pytest.mark.parametrize(
    ("tag", "given", "expected"),
    [
        (LINUX, "-march=armv8-a", "-mcpu=generic+v8a"),
        (LINUX, "-march=armv8-a+simd", "-mcpu=generic+v8a+neon"),
        (LINUX, "-march=armv8.2-a+fp16", "-mcpu=generic+v8_2a+fullfp16"),
        (LINUX, "-march=armv8.2-a+dotprod+fp16", "-mcpu=generic+v8_2a+dotprod+fullfp16"),
        (LINUX, "-march=armv8-a+nocrypto", "-mcpu=generic+v8a-crypto"),
        (LINUX, "-march=armv9-a+sve2", "-mcpu=generic+v9a+sve2"),
        (LINUX, "-mcpu=cortex-a72", "-mcpu=cortex_a72"),
        (LINUX, "-mcpu=neoverse-n1+crypto", "-mcpu=neoverse_n1+crypto"),
        (LINUX, "-march=armv8-a -mcpu=cortex-a72", "-mcpu=generic+v8a"),
        (LINUX, "-mtune=cortex-a72", ""),
        (LINUX, "-mcpu=native -march=native -mtune=native", ""),
        ("macosx_11_0_arm64", "-mcpu=apple-m1", "-mcpu=apple_m1"),
        ("manylinux_2_28_x86_64", "-march=x86-64", "-mcpu=x86_64"),
        ("manylinux_2_28_x86_64", "-march=x86-64-v3", "-mcpu=x86_64_v3"),
        ("manylinux_2_28_x86_64", "-march=skylake-avx512", "-mcpu=skylake_avx512"),
        ("manylinux_2_28_x86_64", "-march=core-avx2", "-mcpu=haswell"),
        ("manylinux_2_28_x86_64", "-march=haswell", "-mcpu=haswell"),
        ("manylinux_2_28_x86_64", "-mtune=haswell -mcpu=haswell", ""),
        ("manylinux_2_28_x86_64", "-mcpu=x86_64_v3", "-mcpu=x86_64_v3"),
        ("win_amd64", "-march=native -mtune=generic", ""),
        ("linux_armv7l", "-march=armv7-a", ""),
        ("linux_armv7l", "-march=armv7-a+neon-vfpv4", "-mcpu=generic+v7a+neon+vfp4"),
        ("linux_armv7l", "-mcpu=cortex-a53", "-mcpu=cortex_a53"),
        ("linux_ppc64le", "-mcpu=power9", "-mcpu=pwr9"),
        ("linux_s390x", "-march=z14", "-mcpu=z14"),
        ("linux_riscv64", "-march=rv64gc", ""),
        (
            "linux_riscv64",
            "-march=rv64gcv_zba",
            "-mcpu=generic_rv64+m+a+f+d+c+v+zba",
        ),
    ],
)
def test_processors(tag: str, given: str, expected: str) -> None:
    assert becomes(tag, given) == expected


@pytest.mark.parametrize("tag", [LINUX, "manylinux_2_28_x86_64", "win_amd64"])
def test_the_machine_that_builds_is_not_passed_on(tag: str) -> None:
    done = translated(tag, "-O3 -march=native -mtune=native -c x.c")
    assert done.words == ["-O3", "-c", "x.c"]
    assert done.left_out == ["-march=native", "-mtune=native"]


@pytest.mark.parametrize("tag", [LINUX, "musllinux_1_2_x86_64", "win_arm64", "macosx_11_0_arm64"])
def test_directories_of_the_machine_that_builds_are_left_out(tag: str) -> None:
    wrong = "-I/usr/include/ -isystem /usr/include -L /usr/lib -L/lib/x86_64-linux-gnu"
    done = translated(tag, f"{wrong} -I/usr/include/libxml2 -L lib -I /opt/include x.c")
    assert done.words == ["-I/usr/include/libxml2", "-L", "lib", "-I", "/opt/include", "x.c"]
    left_out = "-I/usr/include/ -isystem/usr/include -L/usr/lib -L/lib/x86_64-linux-gnu"
    assert done.left_out == left_out.split()


def test_debians_directories_for_the_target_are_no_machines() -> None:
    assert becomes(LINUX, "-L/usr/lib/aarch64-linux-gnu x.o") == "-L/usr/lib/aarch64-linux-gnu x.o"


@pytest.mark.parametrize(
    ("tag", "flag", "fits"),
    [(LINUX, "-m64", True), (LINUX, "-m32", False), ("win32", "-m32", True),
     ("win32", "-m64", False), ("manylinux_2_28_x86_64", "-mx32", False)],
)  # fmt: skip
def test_how_large_a_pointer_is(tag: str, flag: str, fits: bool) -> None:
    if fits:
        assert becomes(tag, f"{flag} -c x.c") == "-c x.c"
    else:
        with pytest.raises(Refused, match=flag):
            translated(tag, f"{flag} -c x.c")


def test_ldflags_of_distributions_for_windows() -> None:
    given = "-Wl,--no-copy-dt-needed-entries,--no-rosegment -Wl,-z,relro -shared a.o"
    assert becomes("win_amd64", given) == "-shared a.o"


def test_protection_of_other_processors() -> None:
    """Distributions have it in CFLAGS, for their own processor."""
    flags = "-fcf-protection -fcf-protection=full -mbranch-protection=standard"
    assert becomes(LINUX, f"{flags} -c x.c") == "-mbranch-protection=standard -c x.c"
    kept = "-fcf-protection -fcf-protection=full -c x.c"
    assert becomes("manylinux_2_28_x86_64", f"{flags} -c x.c") == kept


def test_all_else_is_handed_on() -> None:
    given = ["-DX='a b'", "", "-c", "a b.c", "$HOME", "*", "-Iinclude", "-I", "/O2", "-o", "x.o"]
    for tag in (LINUX, "win_amd64", "macosx_11_0_arm64"):
        assert translated(tag, given).words == given


def test_a_shared_library_is_not_static() -> None:
    assert becomes(LINUX, "-static a.o -shared -lm") == "a.o -shared -lm"
    assert becomes(LINUX, "-static a.o -lm") == "a.o -lm -static"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-std=c++17 -c x.c", "-c x.c"),
        ("-std=c++17 -c x.cpp", "-std=c++17 -c x.cpp"),
        ("-std=c99 -c x.cc", "-c x.cc"),
        ("-std=gnu11 -c x.c", "-std=gnu11 -c x.c"),
        ("-std=c++17 -x c++ -c x.c", "-std=c++17 -x c++ -c x.c"),
        ("-std=c++17 x.c y.cc", "-std=c++17 x.c y.cc"),
    ],
)
def test_a_standard_of_the_other_language(given: str, expected: str) -> None:
    """gcc and MSVC warn of it; clang stops."""
    assert becomes(LINUX, given) == expected


@pytest.mark.parametrize(
    ("given", "expected", "left_out"),
    [
        ("-Wl,-Bsymbolic-functions", "", ["-Bsymbolic-functions"]),
        ("-Wl,-z,relro,-Bsymbolic-functions,-z,now", "-Wl,-z,relro -Wl,-z,now",
         ["-Bsymbolic-functions"]),
        ("-Wl,-z,text -Wl,-ztext -Wl,-z -Wl,text", "", []),
        ("-Wl,-Map=x.map", "", ["-Map=x.map"]),
        ("-Wl,-Map,x.map -lm", "-lm", ["-Map"]),
        ("-Wl,-Map -Wl,x.map,-z,now", "-Wl,-z,now", ["-Map"]),
        ("-Xlinker -Map -Xlinker x.map -lm", "-lm", ["-Map"]),
        ("-Wl,--icf=all", "", ["--icf=all"]),
        ("-Wl,--threads=4 -Wl,--no-keep-memory -Wl,-O1", "", []),
        ("-Wl,--undefined=f", "-Xlinker -u -Xlinker f", []),
        ("-Wl,--dynamic-list,x.txt", "-Wl,-Bsymbolic", []),
        ("-Wl,-Bsymbolic", "-Wl,-Bsymbolic", []),
        ("-Wl,--as-needed,-lm,-L/x", "-Wl,--as-needed -lm -L /x", []),
        ("-Wl,-rpath,$ORIGIN", "-Wl,-rpath,$ORIGIN", []),
        ("-Wl,--version-script=x.map", "-Wl,--version-script=x.map", []),
        ("-Wl,--fix-cortex-a53-843419", "", ["--fix-cortex-a53-843419"]),
        ("-fvar-tracking -fno-tree-pre", "", ["-fvar-tracking", "-fno-tree-pre"]),
        ("-flto=auto", "-flto", []),
        ("-l:/lib/libomp.so -l :/lib/x.so -l:libm.a", "/lib/libomp.so /lib/x.so -l:libm.a", []),
        ("-shared x.o -Wl,--unresolved-symbols=ignore-all", "-shared x.o", []),
        ("-Wl,--warn-unresolved-symbols -shared x.o", "-shared x.o", []),
        ("-u PyInit_x", "-Xlinker -u -Xlinker PyInit_x", []),
        ("-Wl,-a,b", "-Wl,-a,b", []),
    ],
)  # fmt: skip
def test_linux(given: str, expected: str, left_out: list[str]) -> None:
    done = translated(LINUX, given)
    assert " ".join(done.words) == expected
    assert done.left_out == left_out


def test_archives_to_be_hidden() -> None:
    assert translated(LINUX, "-Wl,--exclude-libs,ALL").hidden_archives == ["ALL"]
    done = translated(LINUX, "-Wl,--exclude-libs=liba.a:libb.a -Wl,--exclude-libs -Wl,libc.a")
    assert done.hidden_archives == ["liba.a", "libb.a", "libc.a"]
    assert done.words == []
    assert translated("win_amd64", "-Wl,--exclude-libs,ALL").hidden_archives == []


@pytest.mark.parametrize("tag", ["macosx_11_0_arm64", "win_amd64", "win_arm64"])
def test_optimization_when_linking_is_for_elf_alone(tag: str) -> None:
    flags = ["-flto", "-flto=auto", "-flto=thin", "-flto=4", "-fwhole-program-vtables"]
    done = translated(tag, ["-O2", *flags, "-c", "x.c"])
    assert done.words == ["-O2", "-c", "x.c"]
    assert done.left_out == flags


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-bundle -undefined dynamic_lookup x.o", "-shared -undefined dynamic_lookup x.o"),
        ("-bundle -bundle_loader python", "-shared -undefined dynamic_lookup"),
        ("-undefined suppress -flat_namespace", "-undefined dynamic_lookup"),
        ("-Wl,-undefined,suppress", "-undefined dynamic_lookup"),
        ("-Wl,-undefined -Wl,suppress", "-undefined dynamic_lookup"),
        ("-Wl,-undefined,dynamic_lookup", "-Wl,-undefined,dynamic_lookup"),
        ("-arch arm64 -arch x86_64 -c x.c", "-c x.c"),
        ("-Wl,-arch,arm64", ""),
        ("-Wl,-exported_symbol,_PyInit_x -lm", "-lm"),
        ("-Wl,-exported_symbols_list -Wl,/tmp/list -lm", "-lm"),
        ("-Wl,-platform_version,macos,11.0,14.0,-S", "-Wl,-S"),
        ("-Wl,-ld_classic", ""),
        ("-Wl,-rpath,@loader_path", "-Wl,-rpath,@loader_path"),
        ("-Wl,-dylib_install_name,@rpath/x.so", "-install_name @rpath/x.so"),
        ("-install_name @rpath/x.so", "-install_name @rpath/x.so"),
        ("-Wl,-R/mine/lib", "-Xlinker -rpath -Xlinker /mine/lib"),
    ],
)
def test_macos(given: str, expected: str) -> None:
    assert becomes("macosx_11_0_arm64", given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/O2 /std:c++17 /EHsc /W3 -wd4068 /DNAME /Zi /utf-8 -c x.cpp",
         "-O3 -ffunction-sections -std=gnu++17 -Wall -D NAME -c x.cpp"),
        ("/std:c++17 -c x.c", "-c x.c"),
        ("-std:c++17 -EHsc -bigobj -permissive- -openmp -c x.cc", "-std=gnu++17 -fopenmp -c x.cc"),
        ("/I include /Iother -c x.c", "-I include -I other -c x.c"),
        ("/D A=1 /DB=2 /UC", "-D A=1 -D B=2 -U C"),
        ("/O2b1 /Oxs /Oy-",
         "-O3 -ffunction-sections -finline-hint-functions -O3 -Os -fno-omit-frame-pointer"),
        ("-O2 -Os -Ofast -O", "-O2 -Os -Ofast -O"),
        ("-MD -MT x -MP -c x.c", "-MD -MT x -MP -c x.c"),
        ("/EHsr /EHs /EHsc /EHcs", ""),
        ("/EHs-c-", "-fno-exceptions"),
        ("/MD /MP8 /Fdx.pdb /FS /nologo", ""),
        ("/arch:AVX2", "-mcpu=haswell"),
        ("/fp:fast /fp:precise", "-ffast-math -ffp-model=precise"),
        ("/clang:-O3 /clang:-march=native", "-O3"),
        ("-c x.c -o x.o /TP", "-x c++ -c x.c -o x.o"),
        ("/Fox.obj /c x.c", "-o x.obj -c x.c"),
        ("/FIa.h /FI b.h", "-include a.h -include b.h"),
        ("/Zp8 /J /GR-", "-fpack-struct=8 -funsigned-char -fno-rtti"),
    ],
)  # fmt: skip
def test_msvcs_compiler(given: str, expected: str) -> None:
    assert becomes("win_amd64", given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-shared x.o /OPT:REF,ICF /LTCG /NODEFAULTLIB:libcmt -nologo", "-shared x.o"),
        ("/DLL x.o /OUT:x.pyd /LIBPATH:lib foo.lib", "-shared x.o -o x.pyd -L lib -lfoo"),
        ("x.cpp /O2 /link /LIBPATH:lib user32.lib",
         "x.cpp -O3 -ffunction-sections -L lib -luser32"),
        ("/DEF:x.def /def:y.def", "x.def y.def"),
        ("/MACHINE:X64 /machine:x64 /Debug", ""),
        ("/INCLUDE:f", "-Xlinker -u -Xlinker f"),
        ("/IMPLIB:x.lib", "-Xlinker --out-implib -Xlinker x.lib"),
        ("-Wl,/OPT:REF -Wl,-subsystem,windows", "-Wl,-subsystem,windows"),
        ("-s -Xlinker --out-implib -Xlinker a,b.lib", "-s -Xlinker --out-implib -Xlinker a,b.lib"),
        ("-Wl,/tmp/lib.def -Wl,--dynamicbase", "/tmp/lib.def -Wl,--dynamicbase"),
        ("-Wl,--out-implib,/tmp/x.lib", "-Wl,--out-implib,/tmp/x.lib"),
    ],
)  # fmt: skip
def test_msvcs_linker(given: str, expected: str) -> None:
    assert becomes("win_amd64", given) == expected


def test_what_is_exported() -> None:
    assert translated("win_amd64", "/EXPORT:f /export:g=h,@2").exports == ["f", "g=h @2"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-lws2_32 -lWs2_32 -lAdvapi32", "-lws2_32 -lws2_32 -ladvapi32"),
        ("-luser32.lib User32.lib USER32.LIB", "-luser32 -luser32 -luser32"),
        ("-lgcc -lgcc_s -lmingw32 -lmingwex", ""),
        ("-lmsvcrt -lucrt -loldnames -lvcruntime -llegacy_stdio_definitions msvcprt.lib", ""),
        ("-lsynchronization", "-lapi-ms-win-core-synch-l1-2-0"),
        ("-lvfw32", "-lavicap32 -lavifil32 -lmsvfw32"),
        ("-Llib -lFoo", "-Llib -lFoo"),
        ("-L lib -lFoo.lib", "-L lib -lFoo"),
        ("-Llib -lucrt", "-Llib -lucrt"),
        ("own.lib", "own.lib"),
        ("-l user32", "-luser32"),
    ],
)
def test_libraries_of_windows(given: str, expected: str) -> None:
    files = ("lib/Foo.lib", "lib/libucrt.a", "own.lib")
    assert becomes("win_arm64", given, files=files) == expected


def test_paths_are_no_flags() -> None:
    given = "-c /usr/x.c -I/opt /Users/me/x.c /D/x.c -o /O2"
    files = ("/usr", "/Users", "/D/x.c", "/D")
    assert becomes("win_amd64", given, files=files) == given
    assert becomes(LINUX, "/O2") == "/O2"
    assert becomes("win_amd64", "/I/usr/include", files=("/usr",)) == "-I /usr/include"


@pytest.mark.parametrize(
    ("tag", "flag"),
    [
        ("win_amd64", "/clr"),
        ("win_amd64", "/EHa"),
        ("win_amd64", "-MDd"),
        ("win_amd64", "/Zc:wchar_t-"),
        ("win_amd64", "/source-charset:.1252"),
        ("win_amd64", "/DELAYLOAD:x.dll"),
        ("win_amd64", "/MACHINE:ARM64"),
        ("win_arm64", "/machine:x64"),
        ("win32", "/Gz"),
        ("win32", "-Wl,--kill-at"),
        (LINUX, "-march=x86-64"),
        ("manylinux_2_28_x86_64", "-march=armv8-a"),
        (LINUX, "-Wl,--defsym=a=b"),
        (LINUX, "-Wl,-z,execstack"),
        (LINUX, "-Wl,--unresolved-symbols=ignore-all"),
        (LINUX, "-fsingle-precision-constant"),
        ("macosx_11_0_arm64", "-Wl,-interposable"),
        ("macosx_11_0_arm64", "-Wl,-sectcreate,__TEXT,__info_plist,x"),
    ],
)
def test_what_would_change_the_result_is_refused_by_name(tag: str, flag: str) -> None:
    with pytest.raises(Refused) as caught:
        translated(tag, flag)
    assert caught.value.flag.lower() in flag.lower()
    assert caught.value.why


@pytest.mark.parametrize("tag", [LINUX, "win_arm64"])
def test_what_nothing_defines_is_told_elsewhere(tag: str) -> None:
    assert becomes(tag, "-shared -Wl,--unresolved-symbols=ignore-all x.o") == "-shared x.o"


@pytest.mark.parametrize("flag", ["-Wl,--kill-at", "/Gz", "-Wl,--enable-stdcall-fixup"])
def test_calling_conventions_of_32_bits(flag: str) -> None:
    assert becomes("win_amd64", flag) == ""


@pytest.mark.parametrize(
    "words", ["-fopenmp", "-Xpreprocessor -fopenmp", "-Xclang -fopenmp", "-fopenmp=libomp"]
)
def test_openmp(words: str) -> None:
    assert translated(LINUX, f"{words} -c x.c").wants_openmp
    assert not translated(LINUX, "-fopenmp-simd -c x.c").wants_openmp
    assert not translated(LINUX, f"{words} -E x.c").makes_code
