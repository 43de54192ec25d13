"""What is linked beside what is on a command line; copied to disk, imports no crosshook.

An OpenMP runtime, where there is one; the libraries that object files for Windows name themselves;
and the symbols of archives, which are not exported where ``--exclude-libs`` says so.

``#pragma comment(lib, "ws2_32.lib")`` is kept in an object file, for the linker. To MSVC's, it is
as good as the library on the command line.

Source: "PE Format" of Microsoft's documentation, the sections "COFF File Header", "Section Table"
and "The .drectve Section"; the index of an archive, of GNU ar.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class Translation(Protocol):
        words: list[str]
        wants_openmp: bool
        compiles: bool


_OPENMP_RUNTIMES = ("omp", "iomp5", "iomp5md")
_HEADERS = ("-I", "-isystem", "-idirafter")
_OPENMP_OTHERS = ("gomp", "vcomp")
_OPENMP_CALLS = (b"__kmpc_", b"\0omp_get_", b"\0omp_set_", b"\0_omp_get_", b"\0_omp_set_")
_LIBRARY_FILES = ("lib{}.a", "lib{}.so", "lib{}.dylib", "lib{}.dll.a", "{}.lib", "lib{}.lib")

_COFF_HEADER = 20
_COFF_SECTION = 40
_COFF_MACHINES = (0x8664, 0x14C, 0xAA64)
_FOR_THE_LINKER = 0x00100A00
"""``IMAGE_SCN_ALIGN_1BYTES``, ``IMAGE_SCN_LNK_INFO`` and ``IMAGE_SCN_LNK_REMOVE``."""
_ARCHIVE = b"!<arch>\n"


# OpenMP.


def links_openmp_runtime(done: Translation) -> bool:
    """Link an OpenMP runtime; tell whether there is one.

    clang's code for OpenMP calls LLVM's runtime library, which zig does not bring. Those of gcc and
    MSVC cannot stand in for it.
    """
    # A module may have a runtime's name.
    made = values(done.words, "-o")
    linked = {word: _names(word) for word in done.words if word not in made}
    if not done.compiles and not set(_OPENMP_RUNTIMES).isdisjoint(linked.values()):
        return True
    directories = openmp_directories(done.words)
    found = [(where, name) for where in directories for name in _linked_as(where, _OPENMP_RUNTIMES)]
    if done.compiles:
        headers = [where for flag in _HEADERS for where in values(done.words, flag)]
        headers += _listed(os.environ.get("CPATH", ""))
        return bool(found) or any(os.path.isfile(os.path.join(d, "omp.h")) for d in headers)
    done.words = [word for word in done.words if linked.get(word) not in _OPENMP_OTHERS]
    for where, name in found[:1]:
        done.words += [f"-l{name}", *([f"-L{where}"] if f"-L{where}" not in done.words else [])]
    return bool(found)


def openmp_directories(words: Sequence[str]) -> list[str]:
    """Return where an OpenMP runtime is looked for."""
    directories = values(words, "-L") + _listed(os.environ.get("LIBRARY_PATH", ""))
    return directories + values(os.environ.get("LDFLAGS", "").split(), "-L")


def calls_openmp_runtime(file: str) -> bool:
    """Tell whether an object file or a linked one calls LLVM's OpenMP runtime."""
    if not os.path.isfile(file):
        return False
    with open(file, "rb") as stream:
        data = stream.read()
    return any(name in data for name in _OPENMP_CALLS)


def _names(word: str) -> str:
    """Return the library that a word names, by ``-l`` or by its file; empty if none."""
    if word.startswith("-l"):
        return word[2:]
    name = os.path.basename(word)
    stem = name.partition(".")[0]
    if stem == name or (not name.endswith((".a", ".so", ".dylib", ".lib")) and ".so." not in name):
        return ""
    return stem[3:] if stem.startswith("lib") else stem


def _has(directory: str, library: str) -> bool:
    return any(_linked_as(directory, (library,)))


def _linked_as(directory: str, names: Sequence[str]) -> Iterator[str]:
    """Yield what ``-l`` has to name for zig to find the libraries that are in a directory."""
    for name in names:
        for file in _LIBRARY_FILES:
            if os.path.isfile(os.path.join(directory, file.format(name))):
                # Intel's is called so; of a .lib, zig knows the name without lib alone.
                yield f"lib{name}" if file == "lib{}.lib" else name


def values(words: Sequence[str], flag: str) -> list[str]:
    """Return what follows a flag, in the same word or the next."""
    joined = [word[len(flag) :] for word in words if word.startswith(flag) and word != flag]
    return joined + [words[i + 1] for i in range(len(words) - 1) if words[i] == flag]


def _listed(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


# What object files for Windows name.


def objects_of(words: Sequence[str]) -> list[str]:
    """Return the object files and archives that a command links by their paths."""
    ends = (".o", ".os", ".obj", ".a", ".lib")
    return [word for word in words if word.lower().endswith(ends) and os.path.isfile(word)]


def libraries_of_objects(words: Sequence[str]) -> list[str]:
    """Return the libraries that a command's objects name and that are not the project's own."""
    objects = objects_of(words)
    directories = values(words, "-L")
    files = {os.path.basename(word).lower() for word in objects}
    return [
        name
        for name in named_libraries(objects)
        if not any(_has(where, _stem(name)) for where in directories)
        and not files & {f"{_stem(name)}.lib".lower(), f"lib{_stem(name)}.a".lower()}
    ]


_GNU_LIBRARY_FILES = (
    *("lib{}.dll.a", "{}.dll.a", "lib{}.a", "{}.lib", "lib{}.lib", "{}.dll"),
    # Who calls a library libxml2 means libxml2.lib, which is libxml2.a by another compiler.
    "{}.a",
)
"""What ``-lNAME`` may mean to GNU's linker and to LLD in its place, the first first."""

_NOT_ZIGS = ("lib{}.dll.a", "{}.dll.a", "lib{}.lib", "{}.a")
"""Those that zig does not look for."""


def by_import_libraries(words: Sequence[str]) -> list[str]:
    """Return a command that names by its file what zig would not find.

    CMake, Autoconf and Meson call the import library of a DLL ``libNAME.dll.a``.
    """
    directories = values(words, "-L")
    return [_by_file(word, directories) if word[:2] == "-l" else word for word in words]


def _by_file(word: str, directories: Sequence[str]) -> str:
    for directory in directories:
        for file in _GNU_LIBRARY_FILES:
            path = os.path.join(directory, file.format(word[2:]))
            if os.path.isfile(path):
                return path if file in _NOT_ZIGS else word
    return word


def hidden_start_up(machine: int) -> bytes:
    """Return an object file that keeps zig's start-up code out of what a DLL exports.

    Where a DLL says of nothing that it is exported, everything is. What the start-up code defines
    is not the DLL's: whoever links to it has that, too. lld knows MinGW's by the names of its
    files, which zig's has not; it reads this directive in any object file.

    :param machine: The number of the processor.
    """
    import struct

    names = ("atexit", "DllMainCRTStartup", "_CRT_INIT", "__mingw_module_is_dll")
    on_x86 = ("DllMainCRTStartup@12", "_CRT_INIT@12")
    directives = f" -exclude-symbols:{','.join((*names, *on_x86))}".encode()
    begin = _COFF_HEADER + _COFF_SECTION
    header = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, 0, 0)
    section = struct.pack(
        "<8sIIIIIIHHI", b".drectve", 0, 0, len(directives), begin, 0, 0, 0, 0, _FOR_THE_LINKER
    )
    return header + section + directives


def write_empty(names: Sequence[str], directory: str) -> None:
    """Write archives with nothing in them, called as libraries are."""
    for name in names:
        with open(os.path.join(directory, f"lib{_stem(name)}.a"), "wb") as archive:
            archive.write(_ARCHIVE)


def _stem(library: str) -> str:
    return library[:-4] if library.lower().endswith(".lib") else library


def named_libraries(files: Sequence[str]) -> list[str]:
    """Return the names of libraries, as they are written, that objects and archives name."""
    found: dict[str, None] = {}
    for file in files:
        with open(file, "rb") as stream:
            data = stream.read()
        for member in _members(data) if data.startswith(_ARCHIVE) else (data,):
            found.update(dict.fromkeys(_libraries(_directives(member))))
    return list(found)


def _members(archive: bytes) -> Iterator[bytes]:
    offset = len(_ARCHIVE)
    while offset + 60 <= len(archive):
        size = int(archive[offset + 48 : offset + 58].split()[0])
        yield archive[offset + 60 : offset + 60 + size]
        offset += 60 + size + size % 2


def _directives(data: bytes) -> str:
    """Return what an object file tells the linker; nothing if it is no object file."""
    if len(data) < _COFF_HEADER or int.from_bytes(data[:2], "little") not in _COFF_MACHINES:
        return ""
    count = int.from_bytes(data[2:4], "little")
    start = _COFF_HEADER + int.from_bytes(data[16:18], "little")
    for offset in range(start, start + count * _COFF_SECTION, _COFF_SECTION):
        section = data[offset : offset + _COFF_SECTION]
        if section[:8] == b".drectve":
            size = int.from_bytes(section[16:20], "little")
            at = int.from_bytes(section[20:24], "little")
            return data[at : at + size].decode("utf-8", "replace")
    return ""


def _libraries(directives: str) -> Iterator[str]:
    for word in _words(directives):
        name, colon, value = word.partition(":")
        if colon and name[:1] in ("/", "-") and name[1:].upper() == "DEFAULTLIB":
            yield value


def _words(text: str) -> list[str]:
    """Return the words of a text in which quotes hold spaces."""
    words = [""]
    quoted = False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character.isspace() and not quoted:
            words.append("")
        else:
            words[-1] += character
    return [word for word in words if word]


# Archives whose symbols are not exported.


def with_hidden_archives(command: list[str], hidden: Sequence[str], directory: str) -> list[str]:
    """Return a command that makes the symbols of archives local, by a version script.

    :param hidden: The archives' names, or ``ALL``.

    A version script of the user's says itself what is exported.
    """
    if any("-version-script" in word for word in command):
        return command
    symbols: set[str] = set()
    for archive in archives(command):
        if "ALL" in hidden or os.path.basename(archive) in hidden:
            symbols.update(archive_symbols(archive))
    if not symbols:
        return command
    file = os.path.join(directory, "hidden.map")
    with open(file, "w", encoding="utf-8") as stream:
        stream.write("{ local:\n" + "".join(f'  "{name}";\n' for name in sorted(symbols)) + "};\n")
    return [*command, f"-Wl,--version-script={file}", "-Wl,--undefined-version"]


def archives(command: Sequence[str]) -> Iterator[str]:
    """Yield the archives that a command links."""
    directories = values(command, "-L")
    for word in command:
        if word.endswith(".a") and os.path.isfile(word):
            yield word
        elif word.startswith("-l"):
            for where in directories:
                if os.path.isfile(os.path.join(where, f"lib{word[2:]}.so")):
                    break
                if os.path.isfile(os.path.join(where, f"lib{word[2:]}.a")):
                    yield os.path.join(where, f"lib{word[2:]}.a")
                    break


def archive_symbols(file: str) -> Iterator[str]:
    """Yield the names in an archive's index: what its members define for all to see."""
    with open(file, "rb") as stream:
        if stream.read(8) not in (b"!<arch>\n", b"!<thin>\n"):
            return
        header = stream.read(60)
        width = {b"/": 4, b"/SYM64/": 8}.get(header[:16].rstrip())
        if width is None:
            return
        index = stream.read(int(header[48:58]))
    count = int.from_bytes(index[:width], "big")
    for name in index[width * (count + 1) :].split(b"\0")[:count]:
        yield name.decode("utf-8", "surrogateescape")
