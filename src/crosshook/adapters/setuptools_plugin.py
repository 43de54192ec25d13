"""A setuptools plugin for the time of one cross build; copied into the build, imports no crosshook.

setuptools calls :func:`finalize` for each ``Distribution``, through its entry point group
``setuptools.finalize_distribution_options``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any


def finalize(dist: Any) -> None:
    """Have :func:`prepare` called when the extension modules of a distribution are known.

    They are not yet: setuptools reads pyproject.toml after this, and other plugins add some. The
    ``build_ext`` command is the first to need them.
    """
    run_command = dist.run_command

    def prepare_and_run(name: str) -> None:
        if name == "build_ext":
            prepare(dist)
        run_command(name)

    dist.run_command = prepare_and_run


def prepare(dist: Any) -> None:
    """Tell each extension module about the target Python, and note which were declared."""
    settings = _settings()
    build_ext = dist.get_command_obj("build_ext")
    if settings["link_objects"]:
        _adjust_libraries(build_ext)
    _add_directories(build_ext, settings)
    _shorten_stable_abi_suffix(build_ext)
    if settings["windows_files"]:
        _take_windows_files(build_ext)
    _tell_compilers_of_stable_abi(dist.ext_modules or ())
    for extension in dist.ext_modules or ():
        # setuptools also takes (name, options) pairs.
        if not hasattr(extension, "name"):
            continue
        stable_abi = getattr(extension, "py_limited_api", False)
        wanted = settings["stable_abi_link_objects" if stable_abi else "link_objects"]
        present = list(extension.extra_objects or ())
        extension.extra_objects = present + [path for path in wanted if path not in present]
        macros = list(extension.define_macros or ())
        named = {macro[0] for macro in macros}
        extension.define_macros = macros + [
            (name, value) for name, value in settings["define_macros"] if name not in named
        ]
        module = extension.name.rpartition(".")[2]
        link_args = [argument.replace("{module}", module) for argument in settings["link_args"]]
        given = list(extension.extra_link_args or ())
        extension.extra_link_args = given + [word for word in link_args if word not in given]
        # Without sources it stands for what another tool builds, which names its modules itself.
        if extension.sources:
            _note(os.path.join(os.path.dirname(__file__), settings["log"]), dist, extension)
    for extension in getattr(dist, "rust_extensions", None) or ():
        # setuptools-rust's: programs are among them.
        if getattr(extension.binding, "name", None) != "Exec":
            _note(os.path.join(os.path.dirname(__file__), settings["log"]), dist, extension)


def _tell_compilers_of_stable_abi(extensions: Any) -> None:
    """Have modules that other programs link, such as Go's, linked for the stable ABI.

    What links for them knows no more of an extension than that it is a module.
    """
    if extensions and all(getattr(one, "py_limited_api", False) for one in extensions):
        os.environ["CROSSHOOK_STABLE_ABI"] = "1"


def _adjust_libraries(build_ext: Any) -> None:
    """Take the import library of the Python that runs out of what is linked.

    And find libraries as Windows does, in any case: ``-lWs2_32`` means ``libws2_32.a``.
    """
    get_libraries = getattr(build_ext, "get_libraries", None)
    if get_libraries is None:
        # A command of the project's own, which is not setuptools'.
        return

    def adjusted(extension: Any) -> list[str]:
        directories = [*_library_dirs(extension), *_library_dirs(build_ext)]
        return [
            name if _is_library(name, directories) else name.lower()
            for name in get_libraries(extension)
            if not re.fullmatch(r"python3\d+t?(_d)?", name)
        ]

    build_ext.get_libraries = adjusted


def _add_directories(build_ext: Any, settings: dict[str, Any]) -> None:
    """Have headers and libraries found where the target's are, behind where the project says.

    Many a ``setup.py`` looks into these directories itself.
    """
    names = [name for name in ("include_dirs", "library_dirs") if settings[name]]
    finalize_options = getattr(build_ext, "ensure_finalized", None)
    if not names or finalize_options is None:
        # The latter, of a command of the project's own.
        return
    finalize_options()
    for name in names:
        present = list(getattr(build_ext, name, None) or ())
        added = [path for path in settings[name] if path not in present]
        setattr(build_ext, name, present + added)


def _take_windows_files(build_ext: Any) -> None:
    """Compile resources, and link module-definition files and what is to be exported.

    setuptools does so with MSVC and with MinGW's gcc, and not with a compiler that it thinks is of
    Unix.
    """
    build_extension = getattr(build_ext, "build_extension", None)
    if build_extension is None:
        # A command of the project's own, which is not setuptools'.
        return

    def build(extension: Any) -> Any:
        sources = list(extension.sources)
        resources = [file for file in sources if _ends(file, ".rc")]
        definitions = [file for file in sources if _ends(file, ".def")]
        given = [*(extension.extra_link_args or ()), *(extension.extra_objects or ())]
        if not definitions and not any(_ends(word, ".def") for word in given):
            definitions = [file for file in extension.depends or () if _ends(file, ".def")]
        extension.sources = [file for file in sources if file not in (*resources, *definitions)]
        objects = [_compiled_resource(build_ext, extension, file) for file in resources]
        objects += _exports(build_ext, extension, definitions)
        extension.extra_objects = [*(extension.extra_objects or ()), *objects]
        return build_extension(extension)

    build_ext.build_extension = build


def _ends(file: object, end: str) -> bool:
    return str(file).lower().endswith(end)


def _compiled_resource(build_ext: Any, extension: Any, file: str) -> str:
    """Compile a resource script with what ``RC`` names; return the file that is linked."""
    command = shlex.split(os.environ["RC"])
    compiled = _scratch(build_ext, extension) / Path(file).name
    directories = [*(extension.include_dirs or ()), str(Path(file).parent)]
    macros = [
        name if value is None else f"{name}={value}"
        for name, value in (macro for macro in extension.define_macros or () if len(macro) == 2)
    ]
    if "windres" in Path(command[0]).name:
        made = str(compiled.with_suffix(".o"))
        options = [word for directory in directories for word in ("-I", directory)]
        options += [word for macro in macros for word in ("-D", macro)]
        build_ext.compiler.spawn([*command, *options, "-O", "coff", "-i", file, "-o", made])
        return made
    made = str(compiled.with_suffix(".res"))
    options = [word for directory in directories for word in ("-i", directory)]
    options += [word for macro in macros for word in ("-d", macro)]
    build_ext.compiler.spawn([*command, *options, "-fo", made, file])
    return made


def _scratch(build_ext: Any, extension: Any) -> Path:
    """Return a directory for an extension module's files."""
    directory = Path(build_ext.build_temp, extension.name)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _exports(build_ext: Any, extension: Any, definitions: list[str]) -> list[str]:
    """Return the module-definition file that exports what MSVC's linker would be told to export.

    It is written when setuptools asks for the symbols: after compiling, before linking.
    """
    exports = _scratch(build_ext, extension) / "exports.def"
    text = "".join(
        Path(file).read_text(encoding="utf-8", errors="surrogateescape") + "\n"
        for file in definitions
    )
    asked = list(extension.export_symbols or ())
    export_symbols = getattr(build_ext, "get_export_symbols", None)
    if export_symbols is None:
        _write_exports(exports, text, asked)
        return [str(exports)] if text or asked else []

    def get_export_symbols(asked_for: Any) -> Any:
        symbols = export_symbols(asked_for)
        if asked_for is extension:
            objects = [*getattr(build_ext, "_built_objects", ()), *extension.extra_objects]
            # setuptools adds PyInit_, which a module with PyModExport_ need not have.
            added = [name for name in symbols or () if name not in asked]
            _write_exports(exports, text, asked + [n for n in added if _is_named(n, objects)])
        return symbols

    build_ext.get_export_symbols = get_export_symbols
    _write_exports(exports, text, asked)
    return [str(exports)]


def _write_exports(exports: Path, definitions: str, symbols: list[str]) -> None:
    """Write a module-definition file; MSVC's ``name=internal,@ordinal`` has a space for the comma.

    An empty file exports nothing, and linkers take it.
    """
    text = definitions + "".join(f"EXPORTS {symbol.replace(',', ' ')}\n" for symbol in symbols)
    exports.write_text(text, encoding="utf-8", errors="surrogateescape")


def _is_named(symbol: str, objects: list[Any]) -> bool:
    files = [Path(str(file)) for file in objects]
    return any(symbol.encode() in file.read_bytes() for file in files if file.is_file())


def _shorten_stable_abi_suffix(build_ext: Any) -> None:
    """Name modules ``x.abi3.so`` where setuptools says ``x.abi3-aarch64-linux-gnu.so``.

    It does so for Python 3.15 and newer, which import both, whatever older Python the wheel's tag
    promises: those import only the short one.
    """
    get_ext_filename = getattr(build_ext, "get_ext_filename", None)
    if get_ext_filename is None:
        # A command of the project's own, which is not setuptools'.
        return

    def shortened(name: str) -> str:
        return re.sub(r"\.(abi3t?)-[\w-]+\.so$", r".\1.so", get_ext_filename(name))

    build_ext.get_ext_filename = shortened


def _library_dirs(settings: Any) -> list[str]:
    return list(getattr(settings, "library_dirs", None) or ())


def _is_library(name: str, directories: list[str]) -> bool:
    """Tell whether the project has a library that is called so, in this case."""
    ends = (".a", ".dll.a", ".lib", ".dll")
    files = [f"{lib}{name}{end}" for lib in ("lib", "") for end in ends]
    return any(Path(where, file).is_file() for where in directories for file in files)


def _settings() -> dict[str, Any]:
    file = os.path.splitext(os.path.abspath(__file__))[0] + ".json"
    with open(file, encoding="utf-8") as stream:
        settings: dict[str, Any] = json.load(stream)
    return settings


def _note(log: str, dist: Any, extension: Any) -> None:
    name = f"{dist.ext_package}.{extension.name}" if dist.ext_package else extension.name
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(json.dumps(name) + "\n")
