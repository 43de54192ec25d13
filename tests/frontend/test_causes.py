"""What is said of a failed build: each cause in the table, from what a tool really printed."""

from __future__ import annotations

import pytest

from crosshook.errors import BackendError
from crosshook.frontend.causes import brief, explain, find_cause, hint_for_this_machine
from crosshook.frontend.known_causes import CAUSES, MODULE_OF_THE_TARGET
from crosshook.libraries.missing import Missing
from crosshook.target import Toolchain
from crosshook.target.platforms import parse_platform

PLATFORM = parse_platform("manylinux_2_41_aarch64", source="test")
COMMAND = "Command '['/cache/cc', {}]' returned non-zero exit status 1.".format("'-I/x', " * 500)

ZIG_HEADER = """\
building 'demo' extension
/cache/launchers/cc -Wall -fPIC -c demo.c -o build/demo.o
demo.c:2:10: fatal error: 'curl/curl.h' file not found
    2 | #include <curl/curl.h>
      |          ^~~~~~~~~~~~~
1 error generated.
"""

OUTPUTS = {
    "missing header": (
        ("a.c:1:10: fatal error: 'Python.h' file not found", "sysconfig.get_path('include')"),
        ("a.c:1:10: fatal error: 'sys/mman.h' file not found", "Windows has none"),
        ("a.c:1:10: fatal error: 'numpy/arrayobject.h' file not found", "numpy has to be in ["),
        ("a.c(1): fatal error C1083: Cannot open include file: 'pybind11/x.h'", "pybind11 has to"),
    ),
    "wrong flag": (
        ('error: unknown clang option: "-fbogus"', "takes no -fbogus"),
        ("gcc: error: unrecognized command-line option \u2018-fbogus\u2019", "takes no -fbogus"),
        ("error: unknown argument: '-fbogus'", "takes no -fbogus"),
        ("error: invalid value 'c99x' in '-std=c99x'", "takes no -std=c99x"),
    ),
    "object of another machine": (
        ("strip: Unable to recognise the format of the input file 'm.so'", "CC, CXX and AR"),
        ("ld.lld: error: ./libh.a(h.o) is incompatible with aarch64linux", "not gcc or ar"),
        ("lld-link: error: unknown file type: h.o", "not gcc or ar"),
        ("lld-link: error: /usr/lib/libyaml-0.so.2: unknown file type", "not gcc or ar"),
        ("error: invalid header delimiter: expected '`\\x0a', found", "not gcc or ar"),
        ("lld-link: error: /b/m.o: machine type x86 conflicts with x64", "not gcc or ar"),
        ("error: unknown cpu architecture: 1308622848", "not gcc or ar"),
        ("/usr/bin/ld: ./libh.a(h.o): file in wrong format", "not gcc or ar"),
    ),
    "generator of Windows": (
        ("CMake Error: Could not create named generator NMake Makefiles", "CMAKE_GENERATOR"),
        (
            "  Generator\n\n    Ninja\n\n  does not support platform specification, but",
            "CMAKE_GENER",
        ),
    ),
    "configured source tree": (
        ("/bin/sh: 0: ./config.status: not found", "make distclean"),
        ("bash: ./config.status: No such file or directory", "sdist"),
    ),
    "file for a platform": (
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'tools/gen-Windows-AMD64'",
            "the project has no gen-Windows-AMD64, which it chose",
        ),
        ("No such file or directory: 'protoc-osx-aarch_64'", 'project-sees = "build"'),
        ("make: *** No rule to make target 'bin/gen-Darwin-arm64', needed by 'x'.", "has no gen-D"),
        ("run.sh: 5: gen/tools/gen-macos: not found", "the project has no gen-macos"),
    ),
    "platform that the project refuses": (
        ("RuntimeError: Unsupported platform: win32", "does it support that?"),
        ("configure: error: unknown architecture aarch64", 'project-sees = "build"'),
        ("SystemError: the operating system Darwin is not supported", "of the target"),
    ),
    "program that make starts": (
        ("gmake[2]: gen: No such file or directory", "runs gen: if it compiled that itself"),
        ("make: ./tools/gen: Command not found", "CC_FOR_BUILD"),
        ("FileNotFoundError: [Errno 2] No such file or directory: './gen'", "CC_FOR_BUILD"),
    ),
    "part of Windows": (
        ("KeyError: 'ProgramFiles(x86)'", "project-sees"),
        ("KeyError: 'VS140COMNTOOLS'", "project-sees"),
        ("AttributeError: module 'ctypes' has no attribute 'windll'", "project-sees"),
        ("ModuleNotFoundError: No module named '_winreg'", "project-sees"),
    ),
    "older setuptools": (
        ("ModuleNotFoundError: No module named 'pkg_resources'", "the line setuptools<82"),
        ("ModuleNotFoundError: No module named 'distutils.msvc9compiler'", "setuptools<74"),
    ),
    "older CMake": (
        (
            "CMake Error at CMakeLists.txt:1 (cmake_minimum_required):\n"
            "  Compatibility with CMake < 3.5 has been removed from CMake.\n",
            "CMAKE_POLICY_VERSION_MINIMUM=3.5",
        ),
    ),
    "program that configure runs": (
        (
            "checking for alignment... configure: error: in `/b':\n"
            "configure: error: cannot run test program while cross compiling\n",
            "CONFIG_SITE=FILE",
        ),
    ),
    "libtool without nm": (
        ("./libtool: eval: line 1874: syntax error near unexpected token `|'", "llvm-nm"),
    ),
    "program of Windows": (
        ("PermissionError: [Errno 13] Permission denied: '/t/src/msvcbuild.bat'", "msvcbuild.bat"),
        (
            r"FileNotFoundError: [Errno 2] No such file or directory: 'blst\\build.bat'",
            "by build.bat",
        ),
        ("/bin/sh: 1: ./winbuild.cmd: not found", "by winbuild.cmd"),
    ),
    "file that cargo put elsewhere": (
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'target/release/libn.so'",
            "TRIPLE",
        ),
    ),
    "missing Rust target": (
        (
            "error[E0463]: can't find crate for `std`\n  |\n  = note: the "
            "`aarch64-pc-windows-gnullvm` target may not be installed",
            "rustup target add",
        ),
    ),
    "missing Rust": (("error: can't find Rust compiler", "rustup.rs"),),
    "old build tool": (
        (
            "../meson.build:1:0: ERROR: Meson version is 1.2.0 but project requires >=1.4",
            '"meson>=1.4"',
        ),
        ("  CMake 3.30 or higher is required.  You are running version 3.25.1", '"cmake>=3.30"'),
    ),
    "download of the project's own": (
        (
            '  File "setup.py", line 40, in <module>\n    urlretrieve(LIBRARY_URL, tarball)\n'
            "urllib.error.URLError: <urlopen error [Errno -2] Name or service not known>",
            "the project's own build downloads something",
        ),
        ("urllib.error.HTTPError: HTTP Error 404: Not Found", "the project's own build downloads"),
        ("curl: (6) Could not resolve host: github.com", "the project's own build downloads"),
    ),
    "network": (
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("
            "...: Failed to establish a new connection: [Errno -3] Temporary failure in name "
            "resolution')': /simple/six/\nERROR: Could not find a version that satisfies the "
            "requirement six (from versions: none)",
            "is there a network",
        ),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "HTTPS_PROXY"),
    ),
    "index without the package": (
        (
            "ERROR: Could not find a version that satisfies the requirement no-such-package-zzz "
            "(from versions: none)\nERROR: No matching distribution found for no-such-package-zzz",
            "is no-such-package-zzz spelled right",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement crosshook (from "
            "versions: none)",
            "PIP_FIND_LINKS=$PWD/wheels",
        ),
        (
            "  cause: Because no-such-package-zzz was not found in the package registry and you "
            "require no-such-package-zzz, we can conclude",
            "is no-such-package-zzz spelled right",
        ),
    ),
    "another Python": (
        (
            "ERROR: Ignored the following versions that require a different python version: "
            "2.5.0 Requires-Python >=3.12\nERROR: Could not find a version that satisfies the "
            "requirement numpy==2.5.0 (from versions: 2.4.0)",
            "--python VERSION",
        ),
    ),
    "missing build requirement": (
        (
            'Traceback (most recent call last):\n  File "setup.py", line 1, in <module>\n'
            "ModuleNotFoundError: No module named 'Cython'",
            "the build imports Cython",
        ),
    ),
    "module of the target": (
        (
            "[2/2] Linking CXX shared module spam.cpython-311-aarch64-linux-gnu.so\n"
            "Traceback (most recent call last):\nModuleNotFoundError: No module named 'spam'",
            "the build imports spam, which it has just built",
        ),
        (
            "copying eggs/_core.abi3.so -> build/lib\n"
            "ModuleNotFoundError: No module named 'eggs._core'",
            "the build imports _core, which it has just built",
        ),
    ),
    "unknown version": (
        (
            "LookupError: setuptools-scm was unable to detect version for /src.",
            "SETUPTOOLS_SCM_PRETEND_VERSION",
        ),
    ),
    "missing program": (
        ("/bin/sh: 1: swig: not found", "install swig"),
        ("error: command 'swig' failed: No such file or directory", "install swig"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", "install cmake"),
        ("error: linker `cc` not found", "install cc"),
        ("../meson.build:2:0: ERROR: Program 'cython' not found or not executable", "cython"),
    ),
    "program of the target": (
        ("# PASS:  0\n# XFAIL: 0\n# FAIL:  80\n# ERROR: 0\n", "runs a program that it compiled"),
        ("OSError: [Errno 8] Exec format error: './gen'", "which is for the target"),
    ),
    "out of memory": (
        ("gcc: fatal error: Killed signal terminated program cc1plus", "too little memory"),
    ),
    "full disk": (
        ("fatal error: error writing to x.s: No space left on device", "crosshook cache"),
    ),
}


@pytest.mark.parametrize(
    ("name", "output", "hint"),
    [(name, *case) for name, cases in OUTPUTS.items() for case in cases],
)
def test_a_cause(name: str, output: str, hint: str) -> None:
    found = find_cause(output)
    assert found is not None
    assert found.name == name
    assert hint in (found.hint or "")
    assert found.line in output


def test_every_row_has_a_case() -> None:
    assert {cause.name for cause in (*CAUSES, MODULE_OF_THE_TARGET)} == set(OUTPUTS)


LIBRARY = 'error: unable to find dynamic system library "z" using strategy paths_first\n'
FLAG = "cc: error: unknown argument: '-mfoo'\n"
SAID = "Package libffi was not found in the pkg-config search path.\n"
OTHER = "demo.c:3:5: error: use of undeclared identifier 'x'\n"


def test_the_first_cause_counts() -> None:
    full = "OSError: [Errno 28] No space left on device\n"
    found = find_cause(FLAG + full)
    assert found is not None
    assert found.line == FLAG.strip()


def test_a_library() -> None:
    found = find_cause(ZIG_HEADER)
    assert found is not None
    assert (found.name, found.hint) == ("missing library", None)
    assert found.library == Missing(kind="header", name="curl/curl.h")
    assert found.line == "demo.c:2:10: fatal error: 'curl/curl.h' file not found"
    assert found.context.splitlines()[1].strip() == "2 | #include <curl/curl.h>"


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        pytest.param(ZIG_HEADER + LIBRARY, "z", id="the last that a tool ended for"),
        pytest.param(ZIG_HEADER + SAID, "curl/curl.h", id="rather than one that was asked for"),
        pytest.param(SAID + ZIG_HEADER, "curl/curl.h", id="also afterwards"),
        pytest.param(ZIG_HEADER + OTHER, "curl/curl.h", id="another error follows from it"),
        pytest.param(OTHER + ZIG_HEADER, "curl/curl.h", id="another error goes before"),
        pytest.param(ZIG_HEADER + FLAG, "curl/curl.h", id="a cause that is known comes later"),
        pytest.param(FLAG + ZIG_HEADER, "wrong flag", id="a cause that is known came before"),
        pytest.param(SAID, "libffi", id="only asked for"),
        pytest.param(SAID + OTHER, "other", id="asked for, and it went on"),
        pytest.param(OTHER + SAID, "libffi", id="asked for last"),
        pytest.param(SAID + FLAG, "wrong flag", id="asked for, and a cause that is known"),
        pytest.param(
            "/bin/sh: 1: xml2-config: not found\n", "xml2-config", id="by a program of its own"
        ),
        pytest.param(
            "CMake Warning at CMakeLists.txt:3 (find_package):\n  Could not find a package "
            'configuration file provided by "ZLIBX" with any of\n'
            "CMake Error at CMakeLists.txt:9:\n",
            "other",
            id="CMake went on",
        ),
        pytest.param(
            "CMake Error at CMakeLists.txt:3 (find_package):\n  Could not find a package "
            'configuration file provided by "ZLIBX" with any of\n',
            "ZLIBX",
            id="CMake ended",
        ),
    ],
)
def test_a_library_among_others(output: str, cause: str) -> None:
    found = find_cause(output)
    assert found is not None
    assert (found.library.name if found.library is not None else found.name) == cause


def test_what_was_only_tried_is_no_cause() -> None:
    tried = "_configtest.c:1:10: fatal error: 'sys/epoll.h' file not found\n"
    assert find_cause(tried) is None
    asked = "checking dynamic linker characteristics... zig: error: version '.2.28' is invalid\n"
    assert find_cause(asked) is None
    assert find_cause("checking for sodium... configure: error: sodium is missing\n") is not None
    found = find_cause(tried + asked + ZIG_HEADER)
    assert found is not None
    assert found.line.startswith("demo.c")


@pytest.mark.parametrize(
    "line",
    [
        "demo.c:3:5: error: use of undeclared identifier 'x'",
        "demo.c(3): error C2065: 'x': undeclared identifier",
        "error[E0425]: cannot find value `x` in this scope",
        "CMake Error at CMakeLists.txt:9 (message):",
        "../meson.build:4:0: ERROR: Unknown function",
    ],
)
def test_an_error_of_a_tool_that_is_in_no_row(line: str) -> None:
    found = find_cause(f"compiling\n{line}\nmore")
    assert found is not None
    assert (found.name, found.line, found.hint) == ("other", line, None)


def test_an_optional_library_before_another_error() -> None:
    found = find_cause("The headers or library files could not be found for jpeg\n" + OTHER)
    assert found is not None
    assert found.name == "other"


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        (ZIG_HEADER, "the header curl/curl.h has to be on this machine"),
        (FLAG, "takes no -mfoo"),
        (OTHER, "see what the installer said above"),
        ("", "see what the installer said above"),
    ],
)
def test_what_fails_for_this_machine(output: str, hint: str) -> None:
    assert hint in hint_for_this_machine(output)


def test_no_cause() -> None:
    assert find_cause("building\nall went well, 0 errors\n") is None


def test_the_compiler_s_error_stands_in_place_of_the_command() -> None:
    error = BackendError(f"backend: cross_build_wheel: it called sys.exit(error: {COMMAND})")
    explain(error, FLAG, PLATFORM)
    assert error.message == FLAG.strip()
    assert error.hint is not None
    assert error.detail is not None
    assert error.detail.startswith(error.message)
    assert error.output == FLAG


def test_a_library_s_name_stands_in_place_of_the_command() -> None:
    error = BackendError(f"backend: cross_build_wheel: it called sys.exit(error: {COMMAND})")
    explain(error, ZIG_HEADER, PLATFORM)
    assert error.message == "the header curl/curl.h was not found for manylinux_2_41_aarch64"
    assert str(error) == error.message
    assert (error.hint or "").startswith("--libraries debian:trixie/libcurl4-openssl-dev; or")
    assert (error.detail or "").startswith("demo.c:2:10: fatal error: 'curl/curl.h' file not")


def test_a_library_that_the_error_itself_names() -> None:
    said = "The headers or library files could not be found for jpeg"
    error = BackendError(f"backend: RequiredDependencyException: {said}")
    explain(error, "", PLATFORM)
    assert error.message == "the package jpeg was not found for manylinux_2_41_aarch64"


def test_an_exception_of_the_backend_s_own_stays() -> None:
    error = BackendError("backend: build_wheel: ValueError: no wheel today", detail="Traceback")
    explain(error, "checking for x\nconfigure: error: something else\n", PLATFORM)
    assert error.message == "backend: build_wheel: ValueError: no wheel today"
    assert error.hint == "does it build for this machine? `pip wheel --no-deps SOURCE` tells"
    assert error.detail == "Traceback"


REFUSED_BY_CLANG = (
    "x.c:8:5: error: always_inline function '_mm_crc32_u8' requires target feature 'crc32', but "
    "would be inlined into function 'f' that is compiled without support for 'crc32'\n"
)


def test_what_clang_refuses_is_a_reason_to_name_the_other_compiler() -> None:
    error = BackendError(f"backend: cross_build_wheel: it called sys.exit(error: {COMMAND})")
    explain(error, REFUSED_BY_CLANG, PLATFORM)
    assert (error.hint or "").endswith("gcc heeds it and clang does not: --toolchain gnu")


def test_a_file_of_zigs_cache_that_is_gone() -> None:
    error = BackendError(f"backend: cross_build_wheel: it called sys.exit(error: {COMMAND})")
    zig = Toolchain(
        name="zig",
        argument_syntax="gcc",
        commands={},
        environ={"ZIG_GLOBAL_CACHE_DIR": "/cache/zig"},
    )
    explain(error, "error: unable to open /cache/zig/o/1/crt1.o: FileNotFound\n", PLATFORM, zig)
    assert (error.hint or "").startswith("something removed or changed what zig keeps")


def test_a_hint_of_the_backend_s_own_stays() -> None:
    error = BackendError("backend: exit code 1", hint="its own")
    explain(error, ZIG_HEADER, PLATFORM)
    assert (error.message, error.hint) == ("backend: exit code 1", "its own")


def test_no_message_is_a_command_line_of_kilobytes() -> None:
    error = BackendError(f"backend: cross_build_wheel: CalledProcessError: {COMMAND}")
    explain(error, "nothing of it", PLATFORM)
    assert len(error.message) < 320
    assert error.message.endswith("returned non-zero exit status 1.")


@pytest.mark.parametrize("size", [10, 300, 301, 5000])
def test_brief(size: int) -> None:
    text = "x" * size
    assert (brief(text) == text) is (size <= 300)
    assert len(brief(text)) < 320


@pytest.mark.parametrize(
    ("tag", "header", "hint"),
    [
        ("macosx_11_0_arm64", "CoreServices/CoreServices.h", "SDKROOT=DIR"),
        ("win_arm64", "CoreServices/CoreServices.h", "--libraries DIR"),
        ("win_arm64", "linux/input.h", "does the project support windows?"),
        ("manylinux_2_28_aarch64", "linux/new.h", "--libraries debian:"),
    ],
)
def test_headers_that_a_system_has_or_has_not(tag: str, header: str, hint: str) -> None:
    error = BackendError("command failed")
    said = f"a.c:1:10: fatal error: '{header}' file not found\n"
    explain(error, said, parse_platform(tag, source="test"))
    assert error.hint is not None
    assert hint in error.hint
