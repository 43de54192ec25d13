"""GNU ld: what becomes of the flags that ``zig cc`` refuses in ``-Wl,`` and after ``-Xlinker``.

zig takes a part of what ld and LLD take and stops at the rest. Names are given with two hyphens;
the linkers take long ones with one as well.

Sources: the manuals of GNU ld and of ``ld.lld``. That zig refuses each is tested.
"""

from __future__ import annotations

from crosshook.toolchains.flags._rule import (
    Effect,
    Rule,
    already_so,
    becomes,
    handled,
    left_out,
    refused,
)

_EVERYWHERE: tuple[Rule, ...] = (
    *becomes(
        {
            "--undefined <symbol>": "-Xlinker -u -Xlinker {}",
            "--require-defined <symbol>": "-Xlinker -u -Xlinker {}",
            "-h <name>": "-Xlinker -soname -Xlinker {}",
            "-L <directory>": "-L {}",
            "-L<directory>": "-L {}",
            "--library-path <directory>": "-L {}",
            "-l <library>": "-l{}",
            "-l<library>": "-l{}",
            "--library <library>": "-l{}",
            "-R<directory>": "-Xlinker -rpath -Xlinker {}",
            "--shared": "-shared",
            "-Bshareable": "-shared",
            # The driver's own: inside -Wl, zig splits at the equals sign.
            "--sysroot <directory>": "--sysroot={}",
        }
    ),
    *already_so("it is about how the linker works, and not about what it makes",
        "--no-keep-memory", "--reduce-memory-overheads", "--hash-size <entries>", "--stats",
        "--verbose", "--trace", "-t", "--demangle", "--no-demangle", "--threads",
        "--no-threads", "--thread-count <threads>", "--error-limit <errors>", "--warn-common",
        "--warn-once", "--warn-textrel", "--warn-shared-textrel", "--no-warn-mismatch",
        "--no-warnings", "--no-warn-rwx-segments", "--warn-rwx-segments",
        "--no-warn-execstack", "--warn-execstack", "--no-print-gc-sections",
        "--no-map-whole-files", "--traditional-format", "--incremental", "--no-incremental",
        "--color-diagnostics=always", "--color-diagnostics=never", "--color-diagnostics=auto",
        "-(", "-)", "-O1", "-O2", "-O3", "-O0", "--rpath-link <directory>", "-m <emulation>",
        "-melf<emulation>",
        "-mi386<emulation>", "-marm<emulation>", "-maarch64<emulation>",
        "--error-unresolved-symbols", "--detect-odr-violations",
        "-EL", "--be8", "--no-omagic",
    ),
    *already_so("local symbols are not in the symbol table of a module that is stripped",
        "-X", "--discard-locals", "--discard-none", "--retain-symbols-file <file>",
    ),
    *left_out("a map of the module is not packed",
        "--Map <file>", "-M", "--cref", "--no-gdb-index", "--gdb-index",
        "--package-metadata <json>",
    ),
    *left_out("an optimization: the code does the same without it",
        "--icf <kind>", "--relax", "--no-relax", "--optimize-bb-jumps", "--no-tls-optimize",
        "--symbol-ordering-file <file>", "--plugin <file>", "--plugin-opt <option>",
        "-plugin-opt<option>", "--lto<option>", "-flto", "-flto<option>",
    ),
    *refused("it defines a symbol, which the source has to do", "--defsym <definition>"),
    *refused("it would leave out or double parts of the program",
        "--allow-multiple-definition", "--noinhibit-exec",
        "-r", "--relocatable", "-i", "-d", "-N", "--omagic",
        "-T<section>", "--section-start <address>", "-EB", "--format <format>", "-b <format>",
    ),
)  # fmt: skip

_UNRESOLVED = ("--unresolved-symbols <how>", "--warn-unresolved-symbols")

ELF: tuple[Rule, ...] = (
    *_EVERYWHERE,
    *handled(Effect.PROGRAMS_ONLY, "a shared library may leave symbols to what is loaded before; "
        "the check of the wheel names those that nothing has", *_UNRESOLVED,
    ),
    *handled(Effect.HIDES_ARCHIVES, "a version script makes the archives' symbols local",
        "--exclude-libs <archives>",
    ),
    *becomes(
        {
            "--dynamic-list <file>": "-Wl,-Bsymbolic",
            "--dynamic-list-data": "-Wl,-Bsymbolic",
        },
        why="within a module, what it defines is what it uses: nothing is left open to be replaced",
    ),
    *left_out("within a module, its own functions can be replaced by another library's: the "
        "loader does so only for libraries that were loaded for all to see",
        "-Bsymbolic-functions", "-Bsymbolic-non-weak-functions", "-Bsymbolic-non-weak",
        "--dynamic-list-cpp-new", "--dynamic-list-cpp-typeinfo",
    ),
    *left_out("an older way to write the same tables",
        "--pack-dyn-relocs <how>", "--use-android-relr-tags", "--no-apply-dynamic-relocs",
        "--no-ctors-in-init-array", "--no-ld-generated-unwind-info", "--ld-generated-unwind-info",
        "--no-rosegment", "--rosegment", "--secure-plt", "--execute-only",
        "--no-gnu-unique", "--enable-non-contiguous-regions", "--orphan-handling <how>",
    ),
    *left_out("it works around a fault of some Cortex-A53 and Cortex-A8",
        "--fix-cortex-a53-843419", "--fix-cortex-a53-835769", "--fix-cortex-a8",
        "--no-fix-cortex-a53-843419", "--no-fix-cortex-a53-835769", "--no-fix-cortex-a8",
    ),
    *already_so("a shared library's symbols are exported in any case",
        "--export-dynamic-symbol <symbol>", "--export-dynamic-symbol-list <file>",
        "--no-export-dynamic", "--gc-keep-exported", "-Bgroup", "--no-define-common", "-G0",
        "-G<size>",
    ),
    *already_so("what is linked decides which libraries are needed",
        "--add-needed", "--no-add-needed", "--copy-dt-needed-entries",
        "--no-copy-dt-needed-entries",
    ),
    *refused("a function would run when the module is loaded or not, as ld has it",
        "--init <function>", "--fini <function>",
    ),
    *refused("it changes how symbols are looked up",
        "--filter <library>", "-F <library>", "--auxiliary <library>", "-f <library>",
        "--default-symver", "-Y <path>",
    ),
    *already_so("the linker does so, or the processor is another one",
        "-z text", "-z combreloc", "-z nocombreloc", "-z separate-code", "-z noseparate-code",
        "-z separate-loadable-segments", "-z nopack-relative-relocs", "-z start-stop-gc",
        "-z nostart-stop-gc", "-z keep-text-section-prefix", "-z nokeep-text-section-prefix",
        "-z nognustack", "-z rodynamic", "-z unique-symbol", "-z nodump",
        "-z noextern-protected-data",
        "-z mark-plt", "-z nomark-plt", "-z report-relative-reloc", "-z nosectionheader",
        "-z sectionheader",
        "-z dynamic-undefined-weak", "-z nodynamic-undefined-weak", "-z call-nop=<byte>",
        "-z bndplt", "-z lam-u48", "-z lam-u57",
    ),
    *left_out("it makes the module smaller", "-z pack-relative-relocs"),
    *left_out("protection that the processor gives where all that is loaded asks for it",
        "-z ibt", "-z ibtplt", "-z shstk", "-z cet-report=<how>", "-z force-ibt", "-z force-bti",
        "-z pac-plt",
        "-z bti-report=<how>", "-z gcs=<how>", "-z retpolineplt", "-z hazardplt",
    ),
    *refused("it makes the stack executable", "-z execstack"),
    *refused("pages of code and data would not be apart", "-n", "--nmagic"),
    *refused("it changes how the module is loaded, or its symbols are looked up",
        "-z muldefs", "-z initfirst", "-z interpose", "-z global", "-z nodlopen", "-z nodefaultlib",
        "-z wxneeded", "-z loadfltr",
    ),
)  # fmt: skip

MINGW: tuple[Rule, ...] = (
    *_EVERYWHERE,
    *becomes({"--dll": "-shared"}),
    *already_so("it says what the linker does in any case",
        "--exclude-libs <archives>", "--exclude-all-symbols", "--enable-auto-import",
        "--enable-runtime-pseudo-reloc", "--enable-runtime-pseudo-reloc-v2", "--no-seh",
        "--no-bind", "--large-address-aware",
        "--enable-auto-image-base", "--disable-auto-image-base", "--enable-reloc-section",
        "--no-insert-timestamp", "--insert-timestamp", "--enable-long-section-names",
        "--disable-long-section-names", "--warn-duplicate-exports", "--disable-large-address-aware",
        "-Bsymbolic-functions", "--export-dynamic-symbol <symbol>", "--add-needed",
        "--no-add-needed", "--copy-dt-needed-entries", "--no-copy-dt-needed-entries",
        "--rosegment", "--no-rosegment",
        "--dynamic-list <file>", "--Xlink <flag>", "-Xlink<flag>", "--no-gnu-unique",
        "-z <keyword>",
    ),
    *left_out("debug information and lists of symbols are not packed",
        "--pdb <file>", "--output-def <file>",
    ),
    *left_out("the loader chooses", "--file-alignment <bytes>", "--section-alignment <bytes>",
        "--heap <bytes>", "--disable-dynamicbase", "--forceinteg", "--guard-cf", "--no-guard-cf",
        "--guard-longjmp", "--no-guard-longjmp",
    ),
    *refused("data of other libraries would have to be declared with dllimport",
        "--disable-auto-import", "--disable-runtime-pseudo-reloc",
    ),
    *refused("the library would be needed when the module is loaded", "--delayload <library>"),
    *refused("it makes code for the Windows Runtime", "--appcontainer"),
    *already_so("a DLL has to say where each symbol is: the linker stops at what nothing defines",
        *_UNRESOLVED,
    ),
    *refused("the symbol would be exported", "--exclude-symbols <symbols>"),
)  # fmt: skip

_STDCALL = (
    "--kill-at",
    "--add-stdcall-alias",
    "--enable-stdcall-fixup",
    "--disable-stdcall-fixup",
)

MINGW_ON_X86: tuple[Rule, ...] = (
    *already_so("it says what the linker does in any case", *_STDCALL[2:]),
    *refused("names of __stdcall functions would be exported with @ and a number: name them in a "
        "module-definition file", *_STDCALL[:2],
    ),
)  # fmt: skip
"""Rules for 32-bit x86 alone."""

MINGW_OFF_X86: tuple[Rule, ...] = tuple(
    already_so("names of functions have no such end on this processor", *_STDCALL)
)
