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
    from typing import Any, Protocol

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


def main(
    translate: Callable[[Sequence[str]], Translation],
    refused: type[Exception],
    libraries: Callable[[], Any],
    table: dict[str, Any],
    arguments: Sequence[str],
) -> int:
    """Run a tool of zig's with its arguments translated; return its exit code.

    :param translate: What translates them.
    :param refused: What it raises for a flag that cannot be had.
    :param libraries: Imports :mod:`crosshook.toolchains.launcher.libraries`.
    :param table: By the tool's name, ``commands`` that the arguments follow; ``windows``, whether
        it is built for; ``machine``, the number of its processor in object files;
        ``openmp_by_objects``, whether object files say that OpenMP is linked; ``separate``, flags
        whose values are words of their own.
    :param arguments: The tool's name and its arguments.
    """
    tool, *given = arguments
    words, *others = one_by_one(list(expanded(given)), table["separate"])
    if others:
        return run_again([[tool, *one] for one in (words, *others)])
    try:
        done = translate(words)
    except refused as error:
        flag, why = error.args
        return _fail(f"{flag}: {why}", "docs/reference/compiler-flags.md lists what becomes of it")
    report_left_out(done.left_out)
    own: list[str] = list(table["commands"][tool])
    if table["openmp_by_objects"] and not done.compiles:
        found = libraries()
        done.wants_openmp |= any(map(found.calls_openmp_runtime, found.objects_of(done.words)))
    without_openmp = done.makes_code and lacks_openmp(done, libraries)
    named: Sequence[str] = ()
    start_up = b""
    if table["windows"] and not done.compiles:
        named = libraries().libraries_of_objects(done.words)
        done.words += translate([f"-l{name}" for name in named]).words
        done.words = libraries().by_import_libraries(done.words)
        if exports_everything(done):
            start_up = libraries().hidden_start_up(table["machine"])
    command = [*own, *done.words]
    renamed = not done.compiles and any(map(is_scons_object, done.words))
    simple = not (done.exports or done.hidden_archives or named or without_openmp or renamed)
    if simple and not start_up and sum(map(len, command)) < _LONGEST_COMMAND:
        return run(command)
    code = run_with_files(command, len(own), done, named, start_up, libraries)
    return checked_for_openmp(code, done.words, libraries()) if without_openmp else code


def _fail(message: str, hint: str) -> int:
    sys.stderr.write(f"error: {message}\nhint: {hint}\n")
    return 1


def run(command: list[str]) -> int:
    """Run a command in the place of this process, where that can be."""
    if os.name == "posix":
        os.execv(command[0], command)
    import subprocess

    return subprocess.call(command)


_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp", ".m", ".mm", ".s", ".S")

_NAMES_OUTPUT = ("-o", "-Fo", "/Fo")


def one_by_one(words: list[str], separate: Sequence[str]) -> list[list[str]]:
    """Return the words of a command for each source, where they say of no object file its name.

    gcc calls it as the source, ``x.o``, for any system. zig calls it ``x.obj`` for Windows, and
    makes one file of several sources.
    """
    if "-c" not in words or any(word.startswith(_NAMES_OUTPUT) for word in words):
        return [words]
    sources = [
        number
        for number, word in enumerate(words)
        if word.endswith(_SOURCES) and word[0] != "-" and words[number - 1] not in separate
    ]
    made = []
    for source in sources:
        name = os.path.splitext(os.path.basename(words[source]))[0] + ".o"
        kept = [word for n, word in enumerate(words) if n == source or n not in sources]
        made.append(["-o", name, *kept])
    return made or [words]


def run_again(commands: list[list[str]]) -> int:
    """Start this program for one command after the other, until one fails."""
    import subprocess

    codes = (subprocess.call([sys.executable, sys.argv[0], *words]) for words in commands)
    return next((code for code in codes if code), 0)


def run_with_files(
    command: list[str],
    own: int,
    done: Translation,
    named: Sequence[str],
    start_up: bytes,
    libraries: Callable[[], Any],
) -> int:
    """Run a command beside files for the time of it.

    :param own: How many words of the command come before the user's.
    :param named: Libraries that object files name, and the command as zig calls them.
    :param start_up: An object file to link as well; empty for none.
    """
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="crosshook-cc-") as directory:
        if named:
            # The linker looks for each as it is written; empty files will do.
            libraries().write_empty(named, directory)
            command = [*command, f"-L{directory}"]
        if start_up:
            file = os.path.join(directory, "start-up.o")
            with open(file, "wb") as stream:
                stream.write(start_up)
            command = [*command[:own], file, *command[own:]]
        if done.exports:
            command = with_exports(command, done.exports, directory)
        if not done.compiles:
            command = with_known_names(command, directory)
        if done.hidden_archives:
            command = libraries().with_hidden_archives(command, done.hidden_archives, directory)
        if sum(map(len, command)) > _LONGEST_COMMAND:
            response = os.path.join(directory, "arguments")
            with open(response, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.writelines(f"{quoted(word)}\n" for word in command[own:])
            command = [*command[:own], f"@{response}"]
        return subprocess.call(command)


def exports_everything(done: Translation) -> bool:
    """Tell whether a DLL is linked that may export all its symbols: nothing says which."""
    said = done.exports or any(word.endswith(".def") for word in done.words)
    return "-shared" in done.words and not said


# What SCons calls object files for shared libraries, zig does not know.


def is_scons_object(word: str) -> bool:
    return word.endswith(".os") and os.path.isfile(word)


def with_known_names(command: Sequence[str], directory: str) -> list[str]:
    """Return a command whose object files have names that zig knows."""
    known = []
    for number, word in enumerate(command):
        if is_scons_object(word):
            link = os.path.join(directory, f"{number}-{os.path.basename(word)}.o")
            os.symlink(os.path.abspath(word), link)
            word = link
        known.append(word)
    return known


# OpenMP.


def lacks_openmp(done: Translation, libraries: Callable[[], Any]) -> bool:
    """Tell whether code for OpenMP is compiled or linked, and there is no runtime for it."""
    if not done.wants_openmp and "-lgomp" not in done.words:
        return False
    return not libraries().links_openmp_runtime(done)


def checked_for_openmp(code: int, words: Sequence[str], libraries: Any) -> int:
    """Return the exit code of a compiler, after a look at what it made.

    Linked without its runtime, a module fails when it is imported. Many a project asks for OpenMP
    and does not use it: its code is as it is without.
    """
    made = outputs(words)
    if code == 0 and not any(libraries.calls_openmp_runtime(file) for file in made):
        return 0
    searched = ", ".join(libraries.openmp_directories(words)) or "there is no -L or LIBRARY_PATH"
    message = (
        "-fopenmp: zig brings no OpenMP runtime, and neither omp.h nor libomp for the target was "
        f"found ({searched})"
    )
    hint = (
        "build without OpenMP; or --libraries DIR, a directory with LLVM's libomp for the target: "
        "docs/how-to/openmp.md says where to get one"
    )
    if code:
        # It said itself what is wrong; this may be why.
        sys.stderr.write(f"note: {message}\n")
        return code
    for file in made:
        if os.path.isfile(file):
            os.remove(file)
    return _fail(message, hint)


def outputs(words: Sequence[str]) -> list[str]:
    """Return the files that a compiler writes."""
    named = [words[i + 1] for i in range(len(words) - 1) if words[i] == "-o"]
    named += [word[2:] for word in words if word.startswith("-o") and word != "-o"]
    if named:
        return named
    if "-c" not in words:
        return ["a.out"]
    stems = [os.path.splitext(os.path.basename(word))[0] for word in words if word[:1] != "-"]
    return [f"{stem}{end}" for stem in stems for end in (".o", ".obj")]


# Response files.


def expanded(words: Sequence[str]) -> Iterator[str]:
    """Yield the words, those in response files included, which the linker may have as well."""
    for word in words:
        if word[:1] == "@" and os.path.isfile(word[1:]):
            with open(word[1:], encoding="utf-8", errors="surrogateescape") as stream:
                yield from expanded(split(stream.read()))
        elif word.startswith("-Wl,") and ",@" in word:
            yield ",".join(["-Wl", *expanded(word.split(",")[1:])])
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
