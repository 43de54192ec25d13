"""gcc and clang: what becomes of their own flags that ``zig cc`` refuses.

gcc's optimizations have names that clang does not know, and stops at. Which processor is compiled
for is in :mod:`~crosshook.toolchains.flags.processors`.

Sources: the pages "Optimize Options", "Developer Options", "x86 Options" and "C++ Dialect Options"
of gcc's manual. That zig refuses each, or warns of it, is tested.
"""

from __future__ import annotations

from crosshook.toolchains.flags._rule import Rule, already_so, becomes, left_out, refused

RULES: tuple[Rule, ...] = (
    *becomes(
        {
            # zig takes these after -Xlinker alone.
            "-u <symbol>": "-Xlinker -u -Xlinker {}",
            "-h <name>": "-Xlinker -soname -Xlinker {}",
            "-export-dynamic": "-rdynamic",
            "-symbolic": "-Wl,-Bsymbolic",
            "-z<keyword>": "-Xlinker -z -Xlinker {}",
            "-mabm": "-mlzcnt -mpopcnt",
            "-mpclmulqdq": "-mpclmul",
            "-qopenmp": "-fopenmp",
            "-fiopenmp": "-fopenmp",
            "-Wp,-D<macro>": "-D {}",
            "-Wp,-U<macro>": "-U {}",
        }
    ),
    *left_out("gcc's optimization: the code does the same without it",
        "-fgraphite<what>", "-floop-<what>", "-ftree-loop-<what>", "-fno-tree-<what>",
        "-ftree-parallelize-loops=<threads>", "-fipa-<what>", "-fno-ipa-<what>",
        "-fira-<what>", "-fno-ira-<what>", "-fsched-<what>", "-fno-sched-<what>",
        "-fschedule-<what>", "-fno-schedule-<what>", "-fgcse<what>", "-fno-gcse<what>",
        "-fvect-cost-model=<model>", "-fsimd-cost-model=<model>", "-fprofile-partial-training",
        "-fno-reorder-<what>", "-freorder-<what>", "-fvpt", "-fweb", "-fno-web",
        "-fcrossjumping", "-fdelayed-branch", "-fearly-inlining", "-fno-early-inlining",
        "-fforward-propagate", "-fmove-loop-invariants", "-fmove-loop-stores",
        "-fisolate-erroneous-paths-<what>", "-fsection-anchors", "-fno-section-anchors",
        "-fselective-scheduling", "-fselective-scheduling2", "-fsplit-loops", "-fno-split-loops",
        "-fsplit-paths", "-fsplit-wide-types", "-fno-split-wide-types", "-fthread-jumps",
        "-fversion-loops-for-strides", "-fallow-store-data-races", "-fstore-merging",
        "-fno-store-merging", "-fssa-<what>", "-fcode-hoisting", "-fno-code-hoisting",
        "-fdevirtualize", "-fdevirtualize-at-ltrans", "-fhoist-adjacent-loads",
        "-fcombine-stack-adjustments", "-fcompare-elim", "-fcprop-registers", "-fdce", "-fdse",
        "-fif-conversion", "-fif-conversion2", "-flive-range-shrinkage", "-flra-remat",
        "-fpartial-inlining", "-fno-partial-inlining", "-fpeephole2", "-free", "-fshrink-wrap",
        "-fstdarg-opt", "-fweb", "-fvariable-expansion-in-unroller", "-fno-printf-return-value",
        "-finline-functions-called-once", "-findirect-inlining", "-fno-lifetime-dse",
        "-fkeep-static-functions", "-fwhole-program", "-flto-partition=<how>",
        "-flto-compression-level=<level>", "-fno-move-loop-invariants", "-fsimd-<what>",
        "-mprefer-avx128", "-mincoming-stack-boundary=<bits>", "-mpreferred-stack-boundary=<bits>",
        "-maccumulate-outgoing-args", "-mno-accumulate-outgoing-args", "-mavx256-split-<what>",
        "-mno-avx256-split-<what>", "-mveclibabi=<library>", "-mno-align-stringops",
        "-minline-stringops-<what>", "-mlow-precision-<what>", "-mprefetchwt1", "-mavx512er",
        "-mavx512pf", "-mavx5124fmaps", "-mavx5124vnniw", "-mhle", "-mno-fused-madd",
        "-mfused-madd", "-mtls-dialect=<dialect>", "-ipo", "-no-prec-div", "-fimf-<what>",
    ),
    *left_out("a listing of what gcc did",
        "-fdump-<what>", "-fopt-info<what>", "-fopt-info", "-fcallgraph-info",
        "-fcallgraph-info=<what>", "-fanalyzer", "-fno-analyzer",
    ),
    *left_out("debug information of another form",
        "-fvar-tracking", "-fvar-tracking-assignments",
        "-fno-var-tracking-assignments", "-gno-variable-location-views",
        "-gvariable-location-views", "-gno-statement-frontiers", "-gstatement-frontiers",
        "-gno-as-loc-support", "-gno-as-locview-support", "-gstabs", "-gstabs+", "-gxcoff",
        "-ginternal-reset-location-views", "-gno-internal-reset-location-views",
    ),
    *left_out("protection of another form, which the compiler does not have for this processor",
        "-mindirect-branch=<how>", "-mfunction-return=<how>", "-mindirect-branch-register",
    ),
    *already_so("it says what the compiler does in any case, or how it works",
        "-fcompare-debug", "-fchecking", "-fno-checking", "-ftrack-macro-expansion=<level>",
        "-fconcepts", "-fext-numeric-literals", "-fno-gnu-unique", "-fgnu-unique",
        "-fabi-compat-version=<version>", "-fabi-version=<version>", "-fno-trampolines",
        "-fconstexpr-loop-limit=<loops>", "-fno-keep-inline-dllexport",
        "-fkeep-inline-dllexport", "-fconstexpr-cache-depth=<depth>", "-mno-cygwin",
        "-mcrtdll=ucrt",
        "-mnop-fun-dllimport", "-mzarch", "-m128bit-long-double", "-Wa,-mbig-obj",
        "-Wa,--gdwarf-<version>", "-Wa,-mimplicit-it=<when>", "-Wa,-mrelax-relocations=<how>",
        "-Wa,--compress-debug-sections<how>", "-wrapper <program>", "-specs=<file>",
    ),
    *refused("numbers in the source would have another precision", "-fsingle-precision-constant"),
    *refused("it is an extension of the language that gcc alone has",
        "-fcilkplus", "-fgnu-tm", "-fplan9-extensions", "-fcondition-mismatch", "-fmodules-ts",
        "-fno-ext-numeric-literals",
    ),
    *refused("it changes how arithmetic or calls are done, and this compiler cannot",
        "-mfpmath=both", "-mfpmath=387+sse", "-mfpmath=sse+387", "-fsplit-stack", "-fplugin=<file>",
        "-mapcs", "-mapcs-frame", "-fabi-version=1",
    ),
)  # fmt: skip

ON_INTEL: tuple[Rule, ...] = tuple(
    left_out("protection of ARM's processors", "-mbranch-protection=<how>")
)
OFF_INTEL: tuple[Rule, ...] = tuple(
    left_out("protection of Intel's processors", "-fcf-protection", "-fcf-protection=<how>")
)
"""What distributions compile with, and put into ``CFLAGS``, for their own processor."""

_WORD_SIZES = {32: ("-m32",), 64: ("-m64",)}


def word_size(bits: int) -> tuple[Rule, ...]:
    """Return the rules for flags that say how large a pointer is, for one of that many bits."""
    others = [flag for size, flags in _WORD_SIZES.items() if size != bits for flag in flags]
    return (
        *already_so("the target says how large a pointer is", *_WORD_SIZES[bits]),
        *refused("pointers of the target have another size", *others, "-mx32"),
    )


LTO_FOR_ELF: tuple[Rule, ...] = tuple(
    becomes(
        {
            # gcc's number of processes, which is no part of what it makes.
            "-flto=<processes>": "-flto",
            "-flto=auto": "-flto",
            "-flto=full": "-flto=full",
            "-flto=thin": "-flto=thin",
        }
    )
)
"""Optimization when linking, where zig links with LLD."""

LTO_ELSEWHERE: tuple[Rule, ...] = tuple(
    left_out("an optimization, with which zig cannot link for this system",
        "-flto", "-flto=<how>", "-fwhole-program-vtables", "-fvirtual-function-elimination",
    )
)  # fmt: skip
"""The same for Windows, where zig's own C library does not link so, and for macOS."""

SEPARATE: tuple[str, ...] = (
    *("-o", "-I", "-L", "-D", "-U", "-x", "-F", "-T", "-B", "-e", "-l", "-A", "-z", "-G"),
    *("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-iprefix", "-iwithprefix"),
    *("-isysroot", "-ivfsoverlay", "--sysroot", "-MF", "-MT", "-MQ", "-target", "--target"),
    *("-Xclang", "-Xpreprocessor", "-Xassembler", "-Xlinker", "-mllvm", "--param", "-framework"),
    *("-weak_framework", "-install_name", "-undefined", "-rpath", "-compatibility_version"),
    *("-current_version", "-exported_symbols_list", "-force_load", "-weak_library", "-aux-info"),
)
"""gcc's and clang's own flags whose value is the next word, which no rule is asked about."""
