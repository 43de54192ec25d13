"""Apple's ld, and the flags that Apple's clang hands on to it: what zig refuses, or crashes on.

Sources: the manual of ``ld64`` and ``ld64.lld``'s. That zig refuses each is tested.
"""

from __future__ import annotations

from crosshook.toolchains.flags._rule import Rule, already_so, becomes, left_out, refused

_INSTALL_NAME = "-install_name {}"
_LOOKUP = "-undefined dynamic_lookup"

DRIVER: tuple[Rule, ...] = (
    *becomes({"-bundle": "-shared"}, why="zig has no bundles; Python loads a library as well"),
    *becomes(
        {"-bundle_loader <program>": _LOOKUP},
        why="what the program defines is found when the module is loaded",
    ),
    *becomes(
        {"-undefined suppress": _LOOKUP, "-undefined warning": _LOOKUP},
        why="what nothing defines is found when the module is loaded",
    ),
    *becomes({"-dylib_install_name <name>": _INSTALL_NAME}),
    *becomes({"-u <symbol>": "-Xlinker -u -Xlinker {}", "-all_load": "-Wl,--whole-archive"}),
    *already_so("the target says which processor", "-arch <processor>"),
    *already_so(
        "it is for a linker of long ago, or about how the linker works",
        "-flat_namespace", "-twolevel_namespace", "-single_module", "-multi_module", "-prebind",
        "-multiply_defined <how>", "-read_only_relocs <how>", "-noall_load", "-nomultidefs",
    ),
)  # fmt: skip
"""Flags of the compiler itself."""

LINKER: tuple[Rule, ...] = (
    *becomes({"-bundle": "-shared", "-dylib": "-shared"}),
    *becomes({"-bundle_loader <program>": _LOOKUP}),
    *becomes({"-undefined suppress": _LOOKUP, "-undefined warning": _LOOKUP}),
    *becomes(
        {"-U <symbol>": _LOOKUP}, why="what nothing defines is found when the module is loaded"
    ),
    *becomes({"-dylib_install_name <name>": _INSTALL_NAME, "-id <name>": _INSTALL_NAME}),
    *becomes(
        {
            "-l<library>": "-l{}",
            "-L<directory>": "-L {}",
            "-needed-l<library>": "-l{}",
            # setuptools takes it for GNU's, where it does not run on macOS.
            "-R<directory>": "-Xlinker -rpath -Xlinker {}",
            "-upward-l<library>": "-l{}",
            "-all_load": "-Wl,--whole-archive",
            "-noall_load": "-Wl,--no-whole-archive",
        }
    ),
    *already_so("the target says which processor and which macOS",
        "-arch <processor>", "-macosx_version_min <version>", "-macos_version_min <version>",
        "-platform_version <platform> <oldest> <sdk>", "-sdk_version <version>",
        "-syslibroot <directory>",
    ),
    *already_so("it is for a linker of long ago, or about how the linker works",
        "-ld_classic", "-ld_new", "-ld64", "-no_warn_duplicate_libraries",
        "-multiply_defined <how>",
        "-read_only_relocs <how>", "-prebind", "-single_module", "-twolevel_namespace",
        "-flat_namespace", "-dynamic", "-t", "-why_load", "-demangle", "-print_statistics",
        "-fatal_warnings", "-no_warning_for_no_symbols", "-commons <how>", "-no_eh_labels",
        "-no_order_inits", "-lto_library <file>", "-object_path_lto <file>", "-oso_prefix <path>",
        "-reproducible", "-pie", "-no_pie", "-ignore_auto_link", "-mark_dead_strippable_dylib",
        "-no_dead_strip_inits_and_terms", "-compatibility_version <version>",
        "-current_version <version>", "-application_extension", "-no_application_extension",
        "-export_dynamic", "-adhoc_codesign", "-O1", "-O2", "-O3", "-no_exported_symbols_order",
        "-no_inits",
    ),
    *already_so("it is about tables that the loader reads in either form",
        "-fixup_chains", "-no_fixup_chains", "-no_compact_unwind", "-keep_dwarf_unwind",
        "-no_keep_dwarf_unwind", "-no_function_starts", "-no_data_const", "-data_const", "-no_uuid",
        "-random_uuid", "-no_data_in_code_info", "-init_offsets",
    ),
    *left_out("a map of the module is not packed", "-map <file>", "-dependency_info <file>"),
    *left_out("an optimization: the code does the same without it",
        "-no_deduplicate", "-deduplicate", "-order_file <file>", "-icf <kind>",
    ),
    *left_out("more symbols are exported; on macOS every library has names of its own",
        "-exported_symbol <symbol>", "-unexported_symbol <symbol>",
        "-exported_symbols_list <file>", "-unexported_symbols_list <file>",
        "-hidden-l<library>", "-load_hidden <file>",
    ),
    *refused("no other library may take the place of a function", "-interposable"),
    *refused("the module would be without its signature, which Apple's processors demand",
        "-no_adhoc_codesign",
    ),
    *refused("it defines a symbol, or has a function run when the module is loaded",
        "-alias <symbols>", "-alias_list <file>", "-init <function>",
    ),
    *refused("it would change what is in the module's sections, or hand on another's symbols",
        "-sectcreate <section>", "-segprot <segment>", "-reexport_library <file>",
        "-reexport-l<library>", "-umbrella <name>", "-dylib_file <files>", "-no_exported_symbols",
    ),
)  # fmt: skip
"""What comes in ``-Wl,`` and after ``-Xlinker``."""
