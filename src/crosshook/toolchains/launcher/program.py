"""Stands in front of zig as the compiler; copied to disk, imports no crosshook.

Translates the arguments, and does what no other argument does: writes the module-definition file
for exported symbols, and the version script that hides those of archives; sees whether there is an
OpenMP runtime before code is compiled for one; tells the user what was left out.

What is imported is imported where it is needed: a build starts this for every source.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Protocol

    class Translation(Protocol):
        words: list[str]
        left_out: list[str]
        exports: list[str]
        hidden_archives: list[str]
        wants_openmp: bool
        compiles: bool
        makes_code: bool


REPORT = "CROSSHOOK_REPORT"
"""The variable that names the file where the frontend reads what the user should know."""

_LONGEST_COMMAND = 100_000
"""Characters; longer ones are handed on in a response file."""

_OPENMP_RUNTIMES = ("omp", "iomp5", "iomp5md")
_OPENMP_OTHERS = ("gomp", "vcomp")
_LIBRARY_FILES = ("lib{}.a", "lib{}.so", "lib{}.dylib", "lib{}.dll.a", "{}.lib", "lib{}.lib")


class Stop(Exception):
    """What the user is told where the compiler cannot do what is asked."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def main(
    translate: Callable[[Sequence[str]], Translation],
    refused: type[Exception],
    named_libraries: Callable[[Sequence[str]], Sequence[str]] | None,
    commands: dict[str, Sequence[str]],
    arguments: Sequence[str],
) -> int:
    """Run a tool of zig's with its arguments translated; return its exit code.

    :param translate: What translates them.
    :param refused: What it raises for a flag that cannot be had.
    :param named_libraries: What finds the libraries that object files name themselves; None where
        they name none.
    :param commands: By the tool's name, the command that the arguments follow.
    :param arguments: The tool's name and its arguments.
    """
    tool, *words = arguments
    try:
        done = translate(list(expanded(words)))
        if done.makes_code and wants_openmp(done):
            add_openmp_runtime(done)
    except refused as error:
        flag, why = error.args
        return _fail(f"{flag}: {why}", "docs/reference/compiler-flags.md lists what becomes of it")
    except Stop as error:
        return _fail(error.message, error.hint)
    report_left_out(done.left_out)
    libraries: Sequence[str] = ()
    if named_libraries is not None and not done.compiles:
        libraries = not_the_projects(named_libraries(objects(done.words)), done.words)
        done.words += translate([f"-l{name}" for name in libraries]).words
    command = [*commands[tool], *done.words]
    needs_files = done.exports or done.hidden_archives or libraries
    if needs_files or sum(map(len, command)) > _LONGEST_COMMAND:
        return run_with_files(command, len(commands[tool]), done, libraries)
    return run(command)


def _fail(message: str, hint: str) -> int:
    sys.stderr.write(f"error: {message}\nhint: {hint}\n")
    return 1


def run(command: list[str]) -> int:
    """Run a command in the place of this process, where that can be."""
    if os.name == "posix":
        os.execv(command[0], command)
    import subprocess

    return subprocess.call(command)


def run_with_files(
    command: list[str], own: int, done: Translation, libraries: Sequence[str]
) -> int:
    """Run a command beside files for the time of it.

    :param own: How many words of the command come before the user's.
    :param libraries: Those that object files name, and the command as zig calls them.
    """
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="crosshook-cc-") as directory:
        for name in libraries:
            # The linker looks for each as it is written; empty files will do.
            with open(os.path.join(directory, f"lib{_stem(name)}.a"), "wb") as archive:
                archive.write(b"!<arch>\n")
        if libraries:
            command = [*command, f"-L{directory}"]
        if done.exports:
            command = with_exports(command, done.exports, directory)
        if done.hidden_archives:
            command = with_hidden_archives(command, done.hidden_archives, directory)
        if sum(map(len, command)) > _LONGEST_COMMAND:
            response = os.path.join(directory, "arguments")
            with open(response, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.writelines(f"{quoted(word)}\n" for word in command[own:])
            command = [*command[:own], f"@{response}"]
        return subprocess.call(command)


# Response files.


def expanded(words: Sequence[str]) -> Iterator[str]:
    """Yield the words, those in response files included."""
    for word in words:
        if word[:1] == "@" and os.path.isfile(word[1:]):
            with open(word[1:], encoding="utf-8", errors="surrogateescape") as stream:
                yield from expanded(split(stream.read()))
        else:
            yield word


def split(text: str) -> list[str]:
    """Return the words of a response file as gcc reads it: quotes of both kinds, and backslashes
    before any character."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            word = [*(word or ()), next(characters, "")]
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = [*(word or ()), character]
        elif character in "'\"":
            quote = character
            word = word or []
        elif character.isspace():
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [*(word or ()), character]
    return words if word is None else [*words, "".join(word)]


def quoted(word: str) -> str:
    """Return a word as zig reads it in a response file, which is as Windows programs do."""
    escaped = []
    backslashes = 0
    for character in word:
        if character == "\\":
            backslashes += 1
            continue
        escaped.append("\\" * (backslashes * 2 + 1 if character == '"' else backslashes))
        escaped.append(character)
        backslashes = 0
    return f'"{"".join(escaped)}{chr(92) * backslashes * 2}"'


# What the user is told.


def report_left_out(flags: Sequence[str]) -> None:
    """Tell the frontend which flags were left out; stderr, if no frontend listens.

    In one write to the end of the file: compilers run side by side.
    """
    if not flags:
        return
    file = os.environ.get(REPORT)
    if file is None:
        sys.stderr.write(f"note: left out: {' '.join(flags)}\n")
        return
    lines = "".join(
        f'{{"kind": "left-out-flag", "subject": "{_escaped(flag)}"}}\n' for flag in flags
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, lines.encode())
    finally:
        os.close(descriptor)


def _escaped(text: str) -> str:
    """Return text for a JSON string: importing json takes as long as all the rest."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain.replace("\\", "\\\\").replace('"', '\\"')


# OpenMP.


def wants_openmp(done: Translation) -> bool:
    """Tell whether code for OpenMP is compiled or linked."""
    return done.wants_openmp or any(_names(word) in _OPENMP_OTHERS for word in done.words)


def add_openmp_runtime(done: Translation) -> None:
    """See that there is an OpenMP runtime, and link it.

    clang's code for OpenMP calls LLVM's runtime library, which zig does not bring: linked without,
    a module fails when it is imported.

    :raises Stop: if there is none.
    """
    named = [_names(word) for word in done.words]
    if not done.compiles and any(name in _OPENMP_RUNTIMES for name in named):
        return
    directories = _values(done.words, "-L") + _listed(os.environ.get("LIBRARY_PATH", ""))
    directories += _values(os.environ.get("LDFLAGS", "").split(), "-L")
    runtime = next(
        (name for name in _OPENMP_RUNTIMES for where in directories if _has(where, name)), None
    )
    if done.compiles:
        headers = [where for flag in ("-I", "-isystem") for where in _values(done.words, flag)]
        headers += _listed(os.environ.get("CPATH", ""))
        if runtime or any(os.path.isfile(os.path.join(where, "omp.h")) for where in headers):
            return
    elif runtime:
        done.words = [word for word in done.words if _names(word) not in _OPENMP_OTHERS]
        done.words += [f"-l{runtime}"]
        added = [where for where in directories if _has(where, runtime)][:1]
        done.words += [f"-L{where}" for where in added if f"-L{where}" not in done.words]
        return
    raise Stop(
        "-fopenmp: zig brings no OpenMP runtime, and neither omp.h nor libomp for the target was "
        f"found in {', '.join(directories) or 'any directory: no -L and no LIBRARY_PATH is given'}",
        "build without OpenMP; or give LLVM's libomp for the target: "
        "CFLAGS=-I<include> LDFLAGS=-L<lib>",
    )


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
    return any(
        os.path.isfile(os.path.join(directory, file.format(library))) for file in _LIBRARY_FILES
    )


def _values(words: Sequence[str], flag: str) -> list[str]:
    """Return what follows a flag, in the same word or the next."""
    joined = [word[len(flag) :] for word in words if word.startswith(flag) and word != flag]
    return joined + [words[i + 1] for i in range(len(words) - 1) if words[i] == flag]


def _listed(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


# What object files for Windows name.


def objects(words: Sequence[str]) -> list[str]:
    """Return the object files and archives of a command."""
    return [
        word
        for word in words
        if word.lower().endswith((".o", ".obj", ".a", ".lib")) and os.path.isfile(word)
    ]


def not_the_projects(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return the libraries that are in no directory of the project's, and no file of it."""
    directories = _values(words, "-L")
    files = {os.path.basename(word).lower() for word in objects(words)}
    return [
        name
        for name in names
        if not any(_has(where, _stem(name)) for where in directories)
        and not files & {f"{_stem(name)}.lib".lower(), f"lib{_stem(name)}.a".lower()}
    ]


def _stem(library: str) -> str:
    return library[:-4] if library.lower().endswith(".lib") else library


# What is exported.


def with_exports(command: list[str], exports: Sequence[str], directory: str) -> list[str]:
    """Return a command that exports symbols, beside those of its own module-definition file."""
    text = ""
    kept = []
    for word in command:
        if word.endswith((".def", ".DEF")) and os.path.isfile(word):
            with open(word, encoding="utf-8", errors="surrogateescape") as stream:
                text += stream.read() + "\n"
        else:
            kept.append(word)
    file = os.path.join(directory, "exports.def")
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(text + "".join(["EXPORTS\n", *(f"    {symbol}\n" for symbol in exports)]))
    return [*kept, file]


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
    directories = _values(command, "-L")
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
