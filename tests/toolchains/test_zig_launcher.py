"""The programs that start zig: run, with a program in zig's place that prints its arguments."""

from __future__ import annotations

import json
import os
import re
import shlex
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import zig_launcher
from crosshook.toolchains.flags import Rule, Value, flag_tables, launcher_table
from crosshook.toolchains.launcher.libraries import archive_symbols
from crosshook.toolchains.launcher.program import quoted, split

posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no /bin/sh")

SHOW = (
    "import json, os, sys; "
    "files = {w: open(w, encoding='latin-1').read() "
    "for w in (a.partition('=')[2] or a for a in sys.argv[1:]) "
    "if os.path.isfile(w) and 'crosshook-cc' in w}; "
    "print(json.dumps([sys.argv[1:], list(files.values())])); "
    "sys.exit(int(os.environ['FAILS']))"
)


class Launched:
    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.err = done.stderr
        self.words: list[str]
        self.files: list[str]
        self.words, self.files = json.loads(done.stdout) if done.stdout else ([], [])


class Launch:
    """Starts the C compiler for a platform, in a directory whose name has a space."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "with space"
        self.report = directory / "report.jsonl"
        self.directory.mkdir()

    def made(self, tag: str, *, shell: bool) -> zig_launcher.Launchers:
        show = self.directory / "show it.py"
        show.write_text(SHOW)
        made = zig_launcher.launchers(
            {"cc": (sys.executable, str(show))},
            (sys.executable, str(show), "rc"),
            {"ar": (sys.executable, str(show), "first")},
            launcher_table(parse_platform(tag, source="test")),
            environ={"TOOLS_CACHE": "it's here"},
            python=sys.executable,
            directory=self.directory,
            shell=shell,
        )
        _files.write_launchers(made.programs)
        _files.write_kept(made.files)
        return made

    def __call__(
        self,
        tag: str,
        *words: str,
        tool: str = "cc",
        shell: bool = os.name == "posix",
        fails: int = 7,
    ) -> Launched:
        command = self.made(tag, shell=shell).commands[tool]
        environ = {**os.environ, "CROSSHOOK_REPORT": str(self.report), "FAILS": str(fails)}
        for variable in ("LDFLAGS", "LIBRARY_PATH", "CPATH"):
            environ.pop(variable, None)
        return Launched(
            subprocess.run(
                [*command, *words],
                env=environ,
                capture_output=True,
                text=True,
                check=False,
                cwd=self.directory,
            )
        )


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(tmp_path)


LINUX = "manylinux_2_28_aarch64"


@posix
def test_one_word_for_a_tool(launch: Launch) -> None:
    assert {len(command) for command in launch.made(LINUX, shell=True).commands.values()} == {1}


@pytest.mark.parametrize("shell", [pytest.param(True, marks=posix), False])
def test_what_is_translated_and_what_is_not(launch: Launch, shell: bool) -> None:
    given = ["-DX='a b'", "", "-c", "a b.c", "$HOME", "*", "-o", "x.o"]
    done = launch(LINUX, *given, shell=shell)
    assert (done.code, done.words) == (7, given)
    done = launch(LINUX, "-march=armv8-a", *given, shell=shell)
    assert (done.code, done.words) == (7, ["-mcpu=generic+v8a", *given])
    assert launch(LINUX, shell=shell).words == []


@posix
@pytest.mark.parametrize("tool", ["cc", "ar"])
def test_what_the_tool_needs_is_set_where_the_environment_was_emptied(
    launch: Launch, tool: str
) -> None:
    made = launch.made(LINUX, shell=True)
    shows = launch.directory / "show it.py"
    shows.write_text("import os; print(os.environ['TOOLS_CACHE'])")
    for environ, expected in (({}, "it's here"), ({"TOOLS_CACHE": "elsewhere"}, "elsewhere")):
        done = subprocess.run(
            [*made.commands[tool], "-c", "x.c"],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{expected}\n"


def test_other_tools_get_what_is_typed(launch: Launch) -> None:
    assert launch(LINUX, "-march=armv8-a", tool="ar").words == ["first", "-march=armv8-a"]


WINDRES = "/d GCC_WINDRES /i with /d A=1 /:output-format"


@pytest.mark.parametrize("shell", [pytest.param(True, marks=posix), False])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-D GCC_WINDRES -Iwith -DA=1 -o x.obj -i x.rc", f"{WINDRES} coff /fo x.obj -- x.rc"),
        ("-r -D GCC_WINDRES -I with -DA=1 -J rc -O res x.rc x", f"{WINDRES} res /fo x -- x.rc"),
        (
            "--define=GCC_WINDRES --include-dir with -DA=1 --target=pe-x86-64 --preprocessor-arg=-E"
            " --output=x.res /tmp/x.rc",
            f"{WINDRES} res /fo x.res -- /tmp/x.rc",
        ),
        ("-O coff -DGCC_WINDRES -Iwith -DA=1 x.rc x.obj", f"{WINDRES} coff /fo x.obj -- x.rc"),
        ("/d GCC_WINDRES -i with -fo x.res x.rc", "/d GCC_WINDRES -i with -fo x.res x.rc"),
        ("x.rc x.o", "x.rc x.o"),
    ],
)
def test_resources_as_mingw_has_them(
    launch: Launch, shell: bool, given: str, expected: str
) -> None:
    done = launch("win_arm64", *given.split(), tool="windres", shell=shell)
    assert done.words == ["rc", *expected.split()]


def test_the_frontend_is_told_what_was_left_out(launch: Launch) -> None:
    launch(LINUX, "-mtune=native", '-Wl,--package-metadata={"type":"deb"}', "-c", "x.c")
    reported = [json.loads(line) for line in launch.report.read_text().splitlines()]
    assert reported == [
        {"kind": "left-out-flag", "subject": "-mtune=native"},
        {"kind": "left-out-flag", "subject": '--package-metadata={"type":"deb"}'},
    ]


def test_what_is_refused(launch: Launch) -> None:
    done = launch("win_amd64", "-c", "x.c", "/clr")
    assert done.code == 1
    assert done.words == []
    assert done.err.startswith("error: /clr: it makes code for .NET")
    assert "\nhint: " in done.err


def test_a_response_file(launch: Launch) -> None:
    (launch.directory / "words").write_text('-O2 \'a b.o\' c\\ d.o "e\\"f"\n-mtune=x\n@none')
    assert launch(LINUX, "@words", "-lm").words == [
        "-O2", "a b.o", "c d.o", 'e"f', "@none", "-lm",
    ]  # fmt: skip


def test_a_response_file_of_the_linkers(launch: Launch) -> None:
    symbols = launch.directory / "python.sym"
    symbols.write_text("-U _PyList_New\n-U _PyErr_Clear\n")
    words = launch("macosx_11_0_arm64", "-shared", "a.o", f"-Wl,@{symbols}").words
    assert set(words) == {"-shared", "a.o", "-undefined", "dynamic_lookup"}
    assert launch(LINUX, "a.o", "-Wl,-x,@none").words == ["a.o", "-Wl,-x,@none"]


def test_words_of_a_response_file() -> None:
    assert split(" a\t'b \\'' \"\" \n") == ["a", "b '", ""]
    assert split("") == []
    assert [quoted(word) for word in ("a b", 'a"b', "a\\b", "a\\", "")] == [
        '"a b"', '"a\\"b"', '"a\\b"', '"a\\\\"', '""',
    ]  # fmt: skip


def test_a_long_command_goes_into_a_response_file(launch: Launch) -> None:
    words = [f"{number:050}.o" for number in range(4000)]
    done = launch(LINUX, "-static", *words)
    (response,) = done.words
    assert response.startswith("@")
    assert len(words) * 50 > 100_000


def test_exported_symbols(launch: Launch) -> None:
    (launch.directory / "x.def").write_text("LIBRARY x")
    done = launch("win_amd64", "-shared", "x.o", "/DEF:x.def", "/EXPORT:f=g,@1")
    assert done.words[:2] == ["-shared", "x.o"]
    assert done.files == ["LIBRARY x\nEXPORTS\n    f=g @1\n"]


def archive(file: Path, *names: str) -> None:
    """Write an archive's index, as GNU ar has it."""
    index = len(names).to_bytes(4, "big") + b"\0\0\0\0" * len(names)
    index += b"".join(name.encode() + b"\0" for name in names)
    header = f"{'/':16}{0:<12}{0:<6}{0:<6}{0:<8}{len(index):<10}`\n".encode()
    file.write_bytes(b"!<arch>\n" + header + index)


def test_symbols_of_an_archive(tmp_path: Path) -> None:
    archive(tmp_path / "liba.a", "f", "_Z1gv")
    assert list(archive_symbols(str(tmp_path / "liba.a"))) == ["f", "_Z1gv"]
    (tmp_path / "none.a").write_text("text")
    assert list(archive_symbols(str(tmp_path / "none.a"))) == []


def test_archives_are_hidden(launch: Launch) -> None:
    (launch.directory / "lib").mkdir()
    archive(launch.directory / "lib" / "liba.a", "f")
    archive(launch.directory / "libb.a", "g")
    done = launch(LINUX, "-shared", "libb.a", "-Llib", "-la", "-Wl,--exclude-libs,ALL")
    assert done.files == ['{ local:\n  "f";\n  "g";\n};\n']
    done = launch(LINUX, "-shared", "libb.a", "-Llib", "-la", "-Wl,--exclude-libs,libb.a")
    assert done.files == ['{ local:\n  "g";\n};\n']
    done = launch(LINUX, "-Llib", "-la", "-Wl,--exclude-libs,ALL", "-Wl,--version-script=x")
    assert done.words == ["-Llib", "-la", "-Wl,--version-script=x"]


@pytest.mark.parametrize("words", [("-c", "x.c", "-o", "x.o"), ("-shared", "x.c", "-ox.o")])
def test_openmp_without_a_runtime(launch: Launch, words: Sequence[str]) -> None:
    """What was made is looked at: many a project gives the flag and has no code for it."""
    made = launch.directory / "x.o"
    made.write_bytes(b"\0plain\0")
    done = launch(LINUX, "-fopenmp", *words, fails=0)
    assert (done.code, made.is_file()) == (0, True)
    made.write_bytes(b"\0__kmpc_fork_call\0")
    done = launch(LINUX, "-fopenmp", *words, fails=0)
    assert (done.code, made.is_file()) == (1, False)
    assert done.err.startswith("error: -fopenmp: zig brings no OpenMP runtime")
    assert "\nhint: build without OpenMP" in done.err
    done = launch(LINUX, "-fopenmp", *words, fails=7)
    assert done.code == 7
    assert done.err.startswith("note: -fopenmp: zig brings no OpenMP runtime")


def test_gccs_runtime_is_no_runtime(launch: Launch) -> None:
    assert launch(LINUX, "-shared", "x.o", "-lgomp", fails=0).words == ["-shared", "x.o"]


def test_openmp_with_a_runtime(launch: Launch) -> None:
    (launch.directory / "lib").mkdir()
    (launch.directory / "include").mkdir()
    (launch.directory / "lib" / "libomp.a").touch()
    (launch.directory / "include" / "omp.h").touch()
    for headers in ("-Iinclude", "-idirafterinclude"):
        given = ["-fopenmp", headers, "-c", "x.c", "-o", "x.o"]
        assert launch(LINUX, *given).words == given
    given = ["-fopenmp", "-Llib", "x.o"]
    assert launch(LINUX, *given).words == [*given, "-lomp"]
    assert launch(LINUX, *given, "-lgomp").words == [*given, "-lomp"]
    assert launch(LINUX, *given, "-lomp").words == [*given, "-lomp"]
    assert launch(LINUX, "-fopenmp", "x.o", "lib/libomp.a").code == 7
    given += ["-o", "omp.cpython-313-aarch64-linux-gnu.so"]
    assert launch(LINUX, *given).words == [*given, "-lomp"]


@pytest.mark.parametrize(
    ("file", "linked"),
    [("libiomp5md.lib", "-llibiomp5md"), ("iomp5md.lib", "-liomp5md"), ("libomp.lib", "-llibomp")],
)
def test_openmp_runtimes_for_windows(launch: Launch, file: str, linked: str) -> None:
    """Intel's and LLVM's libraries, by the name under which zig looks for them."""
    (launch.directory / file).touch()
    given = ["-shared", "-fopenmp", "-L.", "x.o"]
    assert launch("win_amd64", *given).words[1:] == [*given, linked]


def test_openmp_that_only_the_compiler_was_told_of(launch: Launch) -> None:
    """MSVC's /openmp is not for its linker; nor does CMake tell zig's for macOS."""
    (launch.directory / "libomp.lib").touch()
    (launch.directory / "x.o").write_bytes(b"\0__kmpc_fork_call\0")
    (launch.directory / "y.o").write_bytes(b"\0plain\0")
    assert launch("win_amd64", "-shared", "-L.", "x.o").words[-1] == "-llibomp"
    assert launch("win_amd64", "-shared", "-L.", "y.o").words[-1] == "y.o"
    (launch.directory / "libomp.lib").rename(launch.directory / "libomp.dylib")
    assert launch("macosx_11_0_arm64", "-dynamiclib", "-L.", "x.o").words[-1] == "-lomp"


def test_preprocessing_for_openmp_needs_no_runtime(launch: Launch) -> None:
    """Meson asks so what ``_OPENMP`` is, and stops where the compiler does."""
    assert launch(LINUX, "-fopenmp", "-E", "x.c").code == 7


TAGS = ("win_amd64", "win32", "win_arm64", LINUX, "musllinux_1_2_x86_64", "macosx_11_0_arm64")


def example(rule: Rule) -> list[str]:
    if rule.value is Value.NONE:
        return rule.flag.split(" ")
    return [rule.flag, "1"] if rule.value is Value.SEPARATE else [f"{rule.flag}1"]


def seen(script: str, commands: Sequence[Sequence[str]]) -> list[str]:
    """Who would be started for each command: ``zig`` or ``python``."""
    body = re.sub(r'exec .*crosshook_cc\.py.* "\$@"', "{ echo python; return; }", script)
    body = re.sub(r'exec .* "\$@"', "echo zig", body)
    calls = "\n".join(f"started {shlex.join(command)}" for command in commands)
    text = f"started() {{\n{body}}}\n{calls}\n"
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@posix
@pytest.mark.parametrize("tag", TAGS)
def test_the_shell_sees_every_flag_of_the_table(launch: Launch, tag: str) -> None:
    """It starts the translator for each, and not for what most sources are compiled with."""
    programs = launch.made(tag, shell=True).programs
    (script,) = (text for name, text in programs.items() if name.endswith("/cc"))
    tables = flag_tables(parse_platform(tag, source="test"))
    flags = [example(rule) for name in ("compiler", "msvc") for rule in tables.get(name, ())]
    flags += [["-Wl,--icf=all"], ["-Xlinker", "x"], ["@x"], ["-march=x"], ["-fopenmp"], ["-static"]]
    flags += [["-l:/lib/libx.so"], ["-I/usr/include"], ["-isystem", "/usr/include"], ["-L/lib"]]
    flags += [["-std=c++17", "x.c"], ["-std=c11", "x.cpp"]]
    commands = [("-c", *flag) for flag in flags]
    started = zip(commands, seen(script, commands), strict=True)
    assert [command for command, who in started if who != "python"] == []
    usual = ["-DNDEBUG", "-O3", "-Wall", "-fPIC", "-g", "-I/opt/include/x", "-fwrapv", "-O2"]
    usual += ["-c", "/tmp/x/y.c", "-o", "/tmp/x/y.o", "-Wno-unused", "-std=c11", "-pthread"]
    assert seen(script, [usual, ["-shared", "x.o"]]) == [
        "zig",
        "python" if tag.startswith(("win", "macos")) else "zig",
    ]


def object_file(directives: bytes) -> bytes:
    """An object file for Windows x64 with something to tell the linker."""
    header = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 0)
    section = struct.pack("<8sIIIIIIHHI", b".drectve", 0, 0, len(directives), 60, 0, 0, 0, 0, 0)
    return header + section + directives


def test_libraries_that_object_files_name(launch: Launch) -> None:
    """``#pragma comment(lib, ...)``: the linker finds each as it is written."""
    directives = b' /DEFAULTLIB:User32.lib -defaultlib:"msvcrt" /DEFAULTLIB:own.lib -export:f'
    (launch.directory / "x.o").write_bytes(object_file(directives))
    member = object_file(b"/DEFAULTLIB:ws2_32")
    header = f"{'y.o/':16}{0:<12}{0:<6}{0:<6}{0:<8}{len(member):<10}`\n".encode()
    (launch.directory / "y.lib").write_bytes(b"!<arch>\n" + header + member)
    (launch.directory / "own.lib").write_bytes(b"!<arch>\n")
    words = launch("win_amd64", "-shared", "x.o", "y.lib", "-L.").words
    assert words[1:-1] == ["-shared", "x.o", "y.lib", "-L.", "-luser32", "-lws2_32"]
    assert words[-1].startswith("-L")
    assert launch("win_amd64", "-c", "x.o").words == ["-c", "x.o"]
    assert launch(LINUX, "-shared", "x.o").words == ["-shared", "x.o"]


@pytest.mark.parametrize(
    ("files", "linked"),
    [
        (("libx.dll.a", "libx.a", "x.lib"), "libx.dll.a"),
        (("libx.a", "x.lib"), None),
        (("libx.lib",), "libx.lib"),
        ((), None),
    ],
)
def test_import_libraries_by_gnu_names(
    launch: Launch, files: tuple[str, ...], linked: str | None
) -> None:
    for name in files:
        (launch.directory / name).write_bytes(b"!<arch>\n")
    where = f"-L{launch.directory}"
    expected = "-lx" if linked is None else os.path.join(launch.directory, linked)
    assert launch("win_amd64", "-o", "x.exe", "x.o", where, "-lx").words[-1] == expected
    assert launch("win_amd64", "-c", "x.c", where, "-lx").words[-1] == "-lx"


def test_start_up_code_is_not_exported(launch: Launch) -> None:
    """Where nothing says what a DLL exports, lld exports all that is defined."""
    done = launch("win_amd64", "-shared", "x.o", "-o", "x.dll")
    assert done.words[1:] == ["-shared", "x.o", "-o", "x.dll"]
    assert " -exclude-symbols:atexit," in done.files[0]
    for others in (["-shared", "x.o", "x.def"], ["x.o", "-o", "x.exe"]):
        assert launch("win_amd64", *others).words == others


@pytest.mark.parametrize("file", ["libXml2.dll.a", "libXml2.a"])
def test_libraries_by_msvcs_names(launch: Launch, file: str) -> None:
    """``libraries=["libXml2"]`` means libXml2.lib, as CMake calls it for MSVC."""
    (launch.directory / file).write_bytes(b"!<arch>\n")
    where = f"-L{launch.directory}"
    expected = os.path.join(launch.directory, file)
    assert launch("win_arm64", "-o", "x.pyd", "x.o", where, "-llibXml2").words[-1] == expected


@posix
def test_objects_as_scons_calls_them(launch: Launch) -> None:
    for name in ("a.os", "b.o"):
        (launch.directory / name).touch()
    *words, first, second = launch(LINUX, "-shared", "-o", "x.so", "a.os", "b.o").words
    assert words == ["-shared", "-o", "x.so"]
    assert first.endswith("-a.os.o")
    assert second == "b.o"
    compiled = ["-c", "a.c", "-o", "a.os"]
    assert launch(LINUX, *compiled).words == compiled


@pytest.mark.parametrize("shell", [pytest.param(True, marks=posix), False])
@pytest.mark.parametrize("tag", [LINUX, "win_arm64", "macosx_11_0_arm64"])
def test_an_object_file_that_nobody_named_is_called_as_gcc_does(
    launch: Launch, tag: str, shell: bool
) -> None:
    done = launch(tag, "-c", "-include", "first.c", "src/a b.S", "-g", shell=shell)
    assert done.words == ["-o", "a b.o", "-c", "-include", "first.c", "src/a b.S", "-g"]
    for words in (["-S", "a.c"], ["-c", "a.c", "-ob.o"], ["-c", "-x", "c", "a.txt"]):
        assert launch(tag, *words, shell=shell).words == words
    if tag.startswith("win"):
        assert launch(tag, "-c", "a.c", "-Fob.obj", shell=shell).words == [
            "-c",
            "a.c",
            "-o",
            "b.obj",
        ]


@pytest.mark.parametrize("shell", [pytest.param(True, marks=posix), False])
def test_several_sources_become_as_many_object_files(launch: Launch, shell: bool) -> None:
    launch.made(LINUX, shell=shell)
    show = launch.directory / "show it.py"
    log = launch.directory / "log"
    record = f"import sys; open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    command = launch.made(LINUX, shell=shell).commands["cc"]
    for code, lines in (
        (0, ["-o a.o -c -g x/a.c", "-o b.o -c -g b.cc"]),
        (3, ["-o a.o -c -g x/a.c"]),
    ):
        show.write_text(f"{record}; sys.exit({code})")
        log.write_text("")
        done = subprocess.run([*command, "-c", "-g", "x/a.c", "b.cc"], check=False)
        assert done.returncode == code
        assert log.read_text().splitlines() == lines
