"""MSVC's compiler, ``cl``: what becomes of its flags in a build for Windows.

A ``setup.py`` that sees ``sys.platform == "win32"`` gives them. ``cl`` takes each with a hyphen as
well; those that gcc means something else by, such as ``-MD``, keep gcc's meaning.

Sources: the list of clang-cl, which is clang with ``cl``'s flags (``clang --driver-mode=cl /?``),
and the page "Compiler options listed alphabetically" of MSVC's documentation. What a flag becomes
here is checked against what clang-cl makes of it.
"""

from __future__ import annotations

from crosshook.toolchains.flags._rule import Rule, already_so, becomes, left_out, refused

_OPTIMIZATION = becomes(
    {
        "/O1": "-Os -ffunction-sections",
        "/O2": "-O3 -ffunction-sections",
        "/Ox": "-O3",
        "/Ot": "-O3",
        "/Os": "-Os",
        "/Od": "-O0",
        "/Ob0": "-fno-inline",
        "/Ob1": "-finline-hint-functions",
        "/Ob2": "-finline-functions",
        "/Ob3": "-finline-functions",
        "/Oi-": "-fno-builtin",
        "/Oy": "-fomit-frame-pointer",
        "/Oy-": "-fno-omit-frame-pointer",
        "/Gy": "-ffunction-sections",
        "/Gy-": "-fno-function-sections",
        "/Gw": "-fdata-sections",
        "/Gw-": "-fno-data-sections",
        "/Qvec": "-fvectorize",
        "/Qvec-": "-fno-vectorize",
    }
)

_LANGUAGE = becomes(
    {
        # With GNU's extensions: MinGW-w64's headers hide what MSVC declares in every mode.
        "/std:c++14": "-std=gnu++14",
        "/std:c++17": "-std=gnu++17",
        "/std:c++20": "-std=gnu++20",
        "/std:c++23": "-std=gnu++23",
        "/std:c++23preview": "-std=gnu++23",
        "/std:c++latest": "-std=gnu++26",
        "/std:c11": "-std=gnu11",
        "/std:c17": "-std=gnu17",
        "/std:clatest": "-std=gnu23",
        "/TC": "-x c",
        "/TP": "-x c++",
        "/Tc[ ]<file>": "-x c {} -x none",
        "/Tp[ ]<file>": "-x c++ {} -x none",
        "/J": "-funsigned-char",
        "/Zp": "-fpack-struct=1",
        "/Zp<bytes>": "-fpack-struct={}",
        "/GR-": "-fno-rtti",
        "/GF-": "-fwritable-strings",
        "/EHs-c-": "-fno-exceptions",
        "/EHs-": "-fno-exceptions",
        "/GX-": "-fno-exceptions",
        "/Zc:char8_t": "-fchar8_t",
        "/Zc:char8_t-": "-fno-char8_t",
        "/Zc:sizedDealloc": "-fsized-deallocation",
        "/Zc:sizedDealloc-": "-fno-sized-deallocation",
        "/Zc:alignedNew": "-faligned-allocation",
        "/Zc:alignedNew-": "-fno-aligned-allocation",
        "/Zc:threadSafeInit-": "-fno-threadsafe-statics",
        "/Zc:trigraphs": "-ftrigraphs",
        "/Zc:trigraphs-": "-fno-trigraphs",
        "/openmp": "-fopenmp",
        "/openmp:llvm": "-fopenmp",
        "/openmp:experimental": "-fopenmp",
        "/constexpr:depth<levels>": "-fconstexpr-depth={}",
        "/constexpr:steps<steps>": "-fconstexpr-steps={}",
        "/constexpr:backtrace<lines>": "-fconstexpr-backtrace-limit={}",
        "/volatile:ms": "-fms-volatile",
    }
)

_FLOATING_POINT = becomes(
    {
        "/fp:fast": "-ffast-math",
        "/fp:precise": "-ffp-model=precise",
        "/fp:strict": "-ffp-model=strict",
        "/fp:except": "-ffp-exception-behavior=strict",
        "/fp:except-": "-ffp-exception-behavior=ignore",
        "/fp:contract": "-ffp-contract=on",
    }
)

_PREPROCESSOR_AND_FILES = becomes(
    {
        "/c": "-c",
        "/C": "-C",
        "/E": "-E",
        "/EP": "-E -P",
        "/D[ ]<macro>": "-D {}",
        "/U[ ]<macro>": "-U {}",
        "/I[ ]<directory>": "-I {}",
        "/external:I[ ]<directory>": "-isystem {}",
        "/imsvc[ ]<directory>": "-isystem {}",
        "/FI[ ]<file>": "-include {}",
        "/Fo[ ]<file>": "-o {}",
        "/Fo:<file>": "-o {}",
        "/Fe[ ]<file>": "-o {}",
        "/Fe:<file>": "-o {}",
        "/Zs": "-fsyntax-only",
        "/LD": "-shared",
        "/clang:<flag>": "{}",
    }
)

_WARNINGS = becomes(
    {
        "/W0": "-w",
        "/w": "-w",
        "/W1": "-Wall",
        "/W2": "-Wall",
        "/W3": "-Wall",
        "/W4": "-Wall -Wextra",
        "/Wall": "-Wall -Wextra",
    }
)

_ALREADY_SO = (
    *already_so("it says what the compiler does in any case",
        "/nologo", "/bigobj", "/utf-8", "/source-charset:utf-8", "/execution-charset:utf-8",
        "/validate-charset", "/validate-charset-", "/EH<model>", "/GX", "/GR", "/GF", "/Oi", "/Og",
        "/Gd", "/Ze", "/Zi-", "/openmp-", "/volatile:iso",
        "/permissive-", "/permissive", "/sdl-", "/GL-", "/Gm-", "/GS-", "/guard:cf-", "/analyze-",
        "/Qpar-", "/Qspectre-", "/WX-", "/Y-", "/FC", "/Zf",
    ),
    *already_so("the standard is followed in any case, or it is about what MSVC alone has",
        "/Zc:wchar_t", "/Zc:inline", "/Zc:inline-", "/Zc:__cplusplus", "/Zc:__STDC__",
        "/Zc:preprocessor", "/Zc:forScope", "/Zc:rvalueCast", "/Zc:strictStrings",
        "/Zc:strictStrings-", "/Zc:throwingNew", "/Zc:referenceBinding", "/Zc:implicitNoexcept",
        "/Zc:externConstexpr", "/Zc:lambda", "/Zc:ternary", "/Zc:noexceptTypes", "/Zc:hiddenFriend",
        "/Zc:enumTypes", "/Zc:templateScope", "/Zc:gotoScope", "/Zc:tlsGuards", "/Zc:tlsGuards-",
        "/Zc:nrvo", "/Zc:auto", "/Zc:threadSafeInit", "/Zc:twoPhase", "/Zc:twoPhase-",
        "/Zc:dllexportInlines", "/Zc:dllexportInlines-", "/Zc:checkGwOdr", "/Zc:static_assert",
        "/Zc:zeroSizeArrayNew", "/Zc:implicitNoexcept-", "/Zc:externC", "/Zc:externC-",
        "/experimental:preprocessor", "/experimental:external", "/experimental:c11atomics",
    ),
    *already_so("modules are linked to the UCRT, which is a part of Windows, with either",
        "/MD", "/MT", "/Zl",
    ),
    *already_so("it is about how the compiler works, and not about what it makes",
        "/FS", "/MP", "/MP<processes>", "/Zm<factor>", "/errorReport:<how>", "/diagnostics:<how>",
        "/cgthreads<threads>", "/showIncludes", "/showIncludes:user", "/external:W<level>",
        "/external:anglebrackets", "/external:templates-", "/Gm", "/d1<internal>", "/d2<internal>",
        "/Bt", "/Bt+", "/analyze", "/analyze:<how>", "/doc", "/doc<file>", "/options:strict",
        "/Qvec-report:<level>", "/Qpar-report:<level>", "/Brepro", "/Brepro-",
        "/sourceDependencies[ ]<file>",
    ),
)  # fmt: skip

_LEFT_OUT = (
    *left_out("warnings have no numbers here",
        "/wd<number>", "/we<number>", "/wo<number>", "/w1<number>", "/w2<number>", "/w3<number>",
        "/w4<number>", "/Wv:<version>", "/WL", "/Wp64",
    ),
    *left_out("the compiler warns of other things than MSVC does",
        "/WX",
    ),
    *left_out("debug information: it goes into a .pdb, which is not packed",
        "/Zi", "/ZI", "/Z7", "/Zd", "/Zo", "/Zo-", "/Fd[ ]<file>", "/Fd:<file>", "/ZH:<hash>",
        "/JMC", "/JMC-",
    ),
    *left_out("listings and browser information are not packed",
        "/FA", "/FA<what>", "/Fa", "/Fa<file>", "/Fm", "/Fm<file>", "/FR", "/FR<file>", "/Fr<file>",
    ),
    *left_out("precompiled headers make a build faster; the sources include the header themselves",
        "/Yc", "/Yc<header>", "/Yu", "/Yu<header>", "/Fp<file>", "/Yd", "/Yl", "/Yl<symbol>",
    ),
    *left_out("an optimization that is for MSVC's code generator",
        "/GL", "/GT", "/GA", "/Qpar", "/Qfast_transcendentals", "/QIfist", "/Qimprecise_fwaits",
        "/QIntel-jcc-erratum", "/favor:<processor>", "/tune:<processor>", "/Gs", "/Gs<bytes>",
        "/Ge",
        "/homeparams", "/hotpatch", "/vlen", "/vlen=<bits>", "/jumptablerdata",
    ),
    *left_out("protection against programming errors that is for MSVC's runtime library",
        "/GS", "/sdl", "/guard:<kind>", "/RTC<kind>", "/GZ", "/Qspectre", "/Qspectre-load",
        "/Qspectre-load-cf", "/Qspectre-jmp",
    ),
    *left_out("the layout of C++ objects is that of the Itanium ABI",
        "/vd<level>", "/vmb", "/vmg", "/vms", "/vmm", "/vmv",
    ),
    *left_out("extensions of MSVC cannot be switched off one by one", "/Za", "/Zc:forScope-"),
    *left_out("the size of the stack is the program's, not a module's", "/F[ ]<bytes>"),
)  # fmt: skip

_REFUSED = (
    *refused("there is a debug build of the runtime library for MSVC alone",
        "/MDd", "/MTd", "/LDd",
    ),
    *refused("catch (...) would not catch what Windows itself raises",
        "/EHa", "/EHa<how>", "/EHsa", "/EHca",
    ),
    *refused("it makes code for .NET or for the Windows Runtime",
        "/clr", "/clr:<kind>", "/ZW", "/ZW<how>", "/AI<directory>", "/FU<file>",
    ),
    *refused("it makes code for Windows drivers", "/kernel"),
    *refused("wchar_t would be another type than in the C++ library", "/Zc:wchar_t-"),
    *refused("the compiler takes sources in UTF-8 alone, and writes strings so",
        "/source-charset:<charset>", "/execution-charset:<charset>",
    ),
    *refused("every function would have another calling convention than its declaration says",
        "/Gv", "/Gregcall", "/Gregcall4",
    ),
    *refused("every function would call one of the project's at its start or end", "/Gh", "/GH"),
    *refused("a module would need a library that Windows does not have", "/fsanitize<what>"),
    *refused("coroutines before C++20; with /std:c++20 they need no flag",
        "/await", "/await:strict",
    ),
    *refused("modules of C++20 are compiled in another way here",
        "/interface", "/internalPartition", "/module<what>", "/headerUnit<what>", "/exportHeader",
        "/headerName<what>", "/ifc<what>", "/reference", "/reference<what>", "/translateInclude",
        "/scanDependencies<what>", "/experimental:module",
    ),
    *refused("it undefines every macro that says what is compiled for", "/u"),
    *refused("it takes the headers of Windows away", "/X"),
    *refused("preprocessed text would be in a file, and no object file", "/P", "/Fi<file>"),
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    *_OPTIMIZATION,
    *_LANGUAGE,
    *_FLOATING_POINT,
    *_PREPROCESSOR_AND_FILES,
    *_WARNINGS,
    *_ALREADY_SO,
    *_LEFT_OUT,
    *_REFUSED,
)

_X86_CALLING_CONVENTIONS = ("/Gz", "/Gr")

ON_X86: tuple[Rule, ...] = (
    *refused(
        "every function would have another calling convention than its declaration says",
        *_X86_CALLING_CONVENTIONS,
    ),
    *becomes(
        {
            "/arch:IA32": "-mcpu=i386",
            "/arch:SSE": "-mcpu=pentium3",
            "/arch:SSE2": "-mcpu=pentium4",
        }
    ),
)
"""Rules for 32-bit x86 alone."""

OFF_X86: tuple[Rule, ...] = tuple(
    already_so("there is one calling convention", *_X86_CALLING_CONVENTIONS)
)
"""Rules for all but 32-bit x86."""

ON_INTEL: tuple[Rule, ...] = tuple(
    becomes(
        {
            "/arch:SSE4.2": "-mcpu=x86_64_v2",
            "/arch:AVX": "-mcpu=sandybridge",
            "/arch:AVX2": "-mcpu=haswell",
            "/arch:AVX512": "-mcpu=skylake_avx512",
            "/arch:AVX512F": "-mcpu=knl",
        }
    )
)
"""Rules for x86 of 32 and of 64 bits."""

ANY_ARCH: tuple[Rule, ...] = tuple(
    left_out("MSVC for this processor has no such set of instructions", "/arch:<instructions>")
)

GCC_ON_ARM64: tuple[Rule, ...] = tuple(
    already_so("clang refuses there what is so in any case", "-mlong-double-64")
)
"""A rule for gcc's own flag on 64-bit Arm."""

GCC_MEANS_ANOTHER: frozenset[str] = frozenset(
    {
        *("/Brepro", "/Brepro-", "/Bt", "/Bt+"),
        *("/c", "/C", "/D", "/E", "/F", "/I", "/LD", "/LDd", "/MD", "/MP", "/MT", "/MTd", "/O1"),
        *("/O2", "/Og", "/Os", "/P", "/Tc", "/Tp", "/U", "/Wall", "/X", "/fsanitize", "/u", "/w"),
    }
)
"""Flags that are not MSVC's where they are written with a hyphen."""
