"""Translates a compiler's arguments by a table; copied in front of zig, imports no crosshook.

Pure: words in, words out. The table is what :func:`crosshook.toolchains.flags.launcher_table`
returns. Nothing is imported, since a build starts this for every source.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_MAKES_NO_CODE = frozenset(("-E", "-M", "-MM", "-fsyntax-only", "/E", "/EP", "/Zs"))
_COMPILES = _MAKES_NO_CODE | {"-c", "-S", "/c"}
_C = (".c",)
_CXX = (".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp")
_GCC_LEVELS = ("-O", "-O0", "-O1", "-O2", "-O3", "-O4", "-Os", "-Oz", "-Og", "-Ofast")
_OPENMP = ("-fopenmp", "-fopenmp=libomp", "-fopenmp=libiomp5", "-fopenmp=libgomp")


class Refused(Exception):
    """A flag that would change what is made."""

    def __init__(self, flag: str, why: str) -> None:
        super().__init__(flag, why)
        self.flag = flag
        self.why = why


class Translation:
    """What became of the arguments."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.left_out: list[str] = []
        self.exports: list[str] = []
        """What a module-definition file has to name."""
        self.hidden_archives: list[str] = []
        """Names of archives whose symbols are not exported; ``ALL`` for all."""
        self.wants_openmp = False
        self.compiles = False
        """Whether nothing is linked."""
        self.makes_code = True


def translate(
    words: Sequence[str],
    table: dict[str, Any],
    exists: Callable[[str], bool],
    processors: Callable[[], Any],
) -> Translation:
    """Return what becomes of a compiler's arguments.

    :param exists: Tells whether there is a file; ``/tmp/x.c`` is no flag of MSVC's.
    :param processors: Imports :mod:`crosshook.toolchains.launcher.processors`.
    :raises Refused: for a flag that cannot be had.
    """
    translator = _Translator(words, table, exists, processors)
    translator.run()
    return translator.done


class _Translator:
    def __init__(
        self,
        words: Sequence[str],
        table: dict[str, Any],
        exists: Callable[[str], bool],
        processors: Callable[[], Any],
    ) -> None:
        self.table = table
        self.exists = exists
        self.processors = processors
        self.todo = list(reversed(words))
        self.done = Translation()
        self.done.compiles = not _COMPILES.isdisjoint(words)
        self.done.makes_code = _MAKES_NO_CODE.isdisjoint(words)
        self.links_library = "-shared" in words
        self.names_march = any(word.startswith("-march=") for word in words)
        self.separate = frozenset(table["separate"])
        self.for_linker = False
        """Whether MSVC's ``/link`` came: all that follows is its linker's."""
        self.static = False
        self.directories: list[str] = []

    def run(self) -> None:
        while self.todo:
            self.word(self.todo.pop())
        self.choose_standard()
        # Beside -shared it means what is linked into the library; zig would make no library.
        if self.static and "-shared" not in self.done.words:
            self.done.words.append("-static")

    def word(self, word: str) -> None:
        if word.startswith("-Wl,"):
            self.linker_words(word[4:].split(","))
        elif word == "-Xlinker" and self.todo:
            self.linker_words([self.todo.pop()], separately=True)
        elif word == "-static":
            self.static = True
        elif word.startswith(("-march=", "-mcpu=", "-mtune=")):
            self.processor(word)
        elif self.is_machine_directory(word):
            return
        elif self.table["windows"] and self.is_path(word):
            self.keep(word)
        elif self.table["windows"] and self.is_windows_own(word):
            return
        elif not self.by_rule(word, self.table["compiler"]):
            self.keep(word)

    def whole(self, word: str) -> bool:
        return word in self.table["compiler"]["whole"]

    def keep(self, word: str) -> None:
        """Hand a word on, with its value if that is the next word."""
        if word.startswith("-l") and len(word) > 2:
            self.library(word[2:])
            return
        if word == "-l" and self.todo:
            self.library(self.todo.pop())
            return
        self.done.words.append(word)
        if word in _OPENMP:
            self.done.wants_openmp = True
        if word in self.separate and self.todo:
            value = self.todo.pop()
            self.done.words.append(value)
            if word in ("-Xclang", "-Xpreprocessor") and value in _OPENMP:
                self.done.wants_openmp = True
        if word.startswith("-L"):
            self.directories.append(word[2:] or self.done.words[-1])

    def is_machine_directory(self, word: str) -> bool:
        """Leave out a flag that names a directory of the machine that builds; tell whether it is
        one."""
        flag = next((flag for flag in self.table["directory_flags"] if word.startswith(flag)), None)
        if flag is None:
            return False
        value = word[len(flag) :] or (self.todo[-1] if self.todo else "")
        if value.rstrip("/") not in self.table["machine_directories"]:
            return False
        if word == flag:
            self.todo.pop()
        self.done.left_out.append(f"{flag}{value}")
        return True

    # Rules.

    def by_rule(self, word: str, rules: dict[str, Any]) -> bool:
        """Do what the table says about a word; tell whether it says anything."""
        flag = self.found(word, rules)
        if flag is None:
            return False
        rule, value = flag
        self.apply(rule, word, value)
        return True

    def found(self, word: str, rules: dict[str, Any]) -> tuple[Any, str] | None:
        """Return the rule for a word, and its value, for which later words are taken."""
        if self.todo and f"{word} {self.todo[-1]}" in rules["whole"]:
            return rules["whole"][f"{word} {self.todo.pop()}"], ""
        rule = rules["whole"].get(word)
        if rule is not None:
            count = rule[1]
            if count > len(self.todo):
                return None
            return rule, " ".join(self.todo.pop() for _ in range(count))
        for end in range(len(word) - 1, 1, -1):
            rule = rules["beginnings"].get(word[:end])
            if rule is not None:
                return rule, word[end:]
        return None

    def apply(self, rule: Any, word: str, value: str) -> None:
        effect, _, becomes, why = rule
        if effect == "refused" or (effect == "refused in a program" and not self.links_library):
            raise Refused(word, why)
        if effect == "left out":
            self.done.left_out.append(word)
        elif effect == "exports":
            self.done.exports.append(value.replace(",", " "))
        elif effect == "hides archives":
            self.done.hidden_archives += value.replace(":", ",").split(",")
        elif becomes == ("{}",):
            self.todo.append(value)
        elif becomes[:1] == ("-x",) and len(becomes) == 2:
            # To MSVC it is about every source; to gcc, about those that follow.
            self.done.words[:0] = becomes
        else:
            self.emit([new.replace("{}", value) for new in becomes])

    def emit(self, words: list[str]) -> None:
        rest = self.todo
        self.todo = list(reversed(words))
        while self.todo:
            self.keep(self.todo.pop())
        self.todo = rest

    # What is for the linker.

    def linker_words(self, words: list[str], *, separately: bool = False) -> None:
        """Translate what came in one ``-Wl,`` or after one ``-Xlinker``."""
        kept: list[str] = []
        waiting = list(reversed(words))
        while waiting:
            word = waiting.pop()
            spelled, rules = word, self.table["linker"]
            if word.startswith("/") and self.table["windows"] and not self.exists(word):
                spelled, rules = self.as_msvc_linker_has_it(word), self.table["msvc_linker"]
            rule = self.linker_rule(spelled, rules, waiting)
            if rule is None and self.table["windows"] and word.endswith(".def"):
                # A module-definition file is an input like an object file.
                self.keep_for_linker(kept, separately)
                self.done.words.append(word)
                continue
            if rule is None:
                kept.append(word)
                continue
            self.keep_for_linker(kept, separately)
            self.apply(rule[0], word, rule[1])
        self.keep_for_linker(kept, separately)

    def keep_for_linker(self, words: list[str], separately: bool) -> None:
        if words and separately:
            self.done.words += ["-Xlinker", *words]
        elif any(words):
            self.done.words.append("-Wl," + ",".join(words))
        words.clear()

    def linker_rule(
        self, word: str, rules: dict[str, Any], waiting: list[str]
    ) -> tuple[Any, str] | None:
        """Return the rule for a word of the linker's, and its value.

        Long names have one hyphen or two, and their values an equals sign before them or not.
        """
        whole = rules["whole"]
        if word == "-z" or (word.startswith("-z") and len(word) > 3):
            return self.keyword_rule(word, rules, waiting)
        name, equals, value = word.partition("=")
        for spelled in (word, name):
            other = spelled[1:] if spelled.startswith("--") else f"-{spelled}"
            for key in (spelled, other) if len(spelled) > 2 else (spelled,):
                if f"{key} {value or self.next_for_linker(waiting)}" in whole:
                    value = value or self.take_for_linker(waiting)
                    return whole[f"{key} {value}"], ""
                if key not in whole:
                    continue
                rule = whole[key]
                if rule[1] and not equals:
                    value = " ".join(self.take_for_linker(waiting) for _ in range(rule[1]))
                return rule, value
        for end in range(len(word) - 1, 1, -1):
            if word[:end] in rules["beginnings"]:
                return rules["beginnings"][word[:end]], word[end:]
        return None

    def keyword_rule(
        self, word: str, rules: dict[str, Any], waiting: list[str]
    ) -> tuple[Any, str] | None:
        """Return the rule for ``-z`` and its keyword."""
        keyword = word[2:] or self.next_for_linker(waiting)
        key = f"-z {keyword}"
        rule = rules["whole"].get(key)
        if rule is None:
            rule = rules["beginnings"].get(key.partition("=")[0] + "=") or rules["whole"].get("-z")
        if rule is not None and word == "-z":
            self.take_for_linker(waiting)
        return None if rule is None else (rule, keyword)

    def next_for_linker(self, waiting: list[str]) -> str:
        """Return the linker's next word, from this flag or from the one that follows."""
        if waiting:
            return waiting[-1]
        if self.todo and self.todo[-1].startswith("-Wl,"):
            return self.todo[-1][4:].partition(",")[0]
        if len(self.todo) > 1 and self.todo[-1] == "-Xlinker":
            return self.todo[-2]
        return ""

    def take_for_linker(self, waiting: list[str]) -> str:
        word = self.next_for_linker(waiting)
        if waiting:
            waiting.pop()
        elif self.todo and self.todo[-1].startswith("-Wl,"):
            rest = self.todo.pop()[4:].partition(",")[2]
            if rest:
                self.todo.append(f"-Wl,{rest}")
        elif len(self.todo) > 1 and self.todo[-1] == "-Xlinker":
            del self.todo[-2:]
        return word

    # Windows.

    def is_windows_own(self, word: str) -> bool:
        """Do what there is to do about a flag or a library of MSVC's; tell whether it is one."""
        if word in ("/link", "-link"):
            self.for_linker = True
            return True
        if word[:1] in ("/", "-") and not self.done.compiles:
            spelled = self.as_msvc_linker_has_it(word)
            rules = self.table["msvc_linker"]
            if (self.for_linker or not self.whole(word)) and self.by_rule(spelled, rules):
                return True
        if word[:2] in ("/O", "-O") and word not in _GCC_LEVELS and self.optimizations(word):
            return True
        if word[-4:].lower() == ".lib" and word[0] not in "/-" and not self.exists(word):
            if not self.done.compiles:
                self.library(word)
            return True
        return False

    def is_path(self, word: str) -> bool:
        """Tell whether a word is a path that starts with a slash, and not MSVC's flag."""
        if word[:1] != "/":
            return False
        first = word[1:].partition("/")
        return self.exists(word) or bool(first[1] and self.exists(f"/{first[0]}"))

    def as_msvc_linker_has_it(self, word: str) -> str:
        """Return a flag with a slash, and in capitals up to its value."""
        name, colon, value = word[1:].partition(":")
        capitals = f"/{word[1:].upper()}"
        known = capitals in self.table["msvc_linker"]["whole"]
        return capitals if known else f"/{name.upper()}{colon}{value}"

    def optimizations(self, word: str) -> bool:
        """Take ``/O2b1`` apart; tell whether it is made of several that are known."""
        whole = self.table["compiler"]["whole"]
        found: list[str] = []
        rest = word[2:]
        while rest:
            length = next((n for n in (2, 1) if f"/O{rest[:n]}" in whole), 0)
            if not length:
                return False
            found.append(f"/O{rest[:length]}")
            rest = rest[length:]
        if len(found) < 2:
            return False
        self.todo += reversed(found)
        return True

    def library(self, name: str) -> None:
        """Name a library as zig does."""
        if name.startswith(":/"):
            # So zig shows with -v what it links; CMake reads that, and gives it back.
            self.done.words.append(name[1:])
            return
        if not self.table["windows"]:
            self.done.words.append(f"-l{name}")
            return
        stem = name[:-4] if name[-4:].lower() == ".lib" else name
        instead = self.table["libraries"].get(stem.lower())
        if self.is_the_projects(stem):
            self.done.words.append(f"-l{stem}")
        elif instead is not None:
            self.done.words += [f"-l{library}" for library in instead]
        else:
            self.done.words.append(f"-l{stem.lower()}")

    def is_the_projects(self, name: str) -> bool:
        """Tell whether the project has a library that is called so, in this case."""
        ends = (".a", ".dll.a", ".lib", ".dll")
        files = [f"{lib}{name}{end}" for lib in ("lib", "") for end in ends]
        return any(self.exists(f"{d}/{file}") for d in self.directories for file in files)

    # Processors and languages.

    def processor(self, word: str) -> None:
        known = self.processors()
        if known.is_tuning(word, self.table, beside_march=self.names_march):
            self.done.left_out.append(word)
        elif known.is_of_family(word, self.table):
            self.done.words += known.in_zigs_words(word, self.table)
        else:
            family = self.table["family"]
            raise Refused(word, f"it names a processor of another kind than {family}")

    def choose_standard(self) -> None:
        """Leave out the standard of the other language, of which gcc and MSVC only warn."""
        words = self.done.words
        if "-x" in words:
            languages = {
                words[i + 1].startswith("c++") for i in range(len(words) - 1) if words[i] == "-x"
            }
        else:
            languages = {word.endswith(_CXX) for word in words if word.endswith(_C + _CXX)}
        if len(languages) != 1:
            return
        cxx = languages.pop()
        self.done.words = [
            word for word in words if not (word.startswith("-std=") and ("++" in word) != cxx)
        ]
