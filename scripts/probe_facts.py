"""Find out what pyconfig.h says on platforms that no real one can be had for, with zig's libcs.

    python -m scripts.probe_facts musl|macos|glibc VERSION=PYCONFIG_H [VERSION=PYCONFIG_H ...]

A pyconfig.h lists every macro that its version of CPython knows, those that are not defined as
comments, and says in words what each stands for. From x86_64 Linux's this script takes the names,
and asks zig's headers and linker for each target what CPython's configure asks: whether a header
is there, whether a function is declared, or can be linked to; sizes and alignments; whether lines
of C compile. What cannot be asked, such as what a function does, is as on glibc but for
``_KNOWN``. The results are written below ``src/crosshook/pythons/data``.

``glibc`` asks the same of zig's glibc, and writes nothing: it prints where the answers differ from
the facts, which were extracted from real files. What it prints is the error of the method.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from crosshook.pythons.pyconfig import macros
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from crosshook.target.systems import SYSTEMS, System
from crosshook.target.systems.glibc import GLIBC
from scripts.python_facts import Macros, factored, is_fact, pair, write_macros

_ENTRY = re.compile(
    r"/\*((?:(?!\*/).)*?)\*/\s*\n+(?:#[ ]*define (\w+)(?: ([^\n]*))?|/\* #undef (\w+) \*/)", re.S
)
_LINKED = re.compile(r"Define to 1 if you have the [`'](\w+)' function")
_DECLARED = re.compile(r"Define if you have the [`'](\w+)' (?:function|constant)")
_HEADER = re.compile(r"have the <([^>]+)> header")
_SIZE = re.compile(r"The size of [`']([^']+)', as computed")
_ALIGNMENT = re.compile(r"normal alignment of [`']([^']+)'")
_MEMBER = re.compile(r"if [`'](\w+)' is a member of [`']([^']+)'")
_CONSTANT = re.compile(r"the declaration of [`'](\w+)'")
_TYPE = re.compile(r"if the system has the type [`']([^']+)'")

# Where what is declared is declared.
_INCLUDES = """
arpa/inet.h dirent.h dlfcn.h endian.h errno.h fcntl.h grp.h inttypes.h libutil.h link.h
linux/can.h linux/can/bcm.h linux/can/raw.h linux/if_alg.h linux/random.h linux/vm_sockets.h
math.h mach-o/dyld.h net/if.h netdb.h netinet/in.h poll.h pthread.h pty.h pwd.h sched.h
semaphore.h setjmp.h signal.h spawn.h stdarg.h stdatomic.h stddef.h stdint.h stdio.h stdlib.h
string.h sys/epoll.h sys/event.h sys/eventfd.h sys/ioctl.h sys/mman.h sys/random.h sys/resource.h
sys/select.h sys/sendfile.h sys/socket.h sys/stat.h sys/statvfs.h sys/syscall.h sys/sysmacros.h
sys/time.h sys/timerfd.h sys/types.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h sys/xattr.h
termios.h time.h uchar.h unistd.h util.h utime.h utmp.h wchar.h
""".split()

_NET = "struct hostent *h = 0; struct hostent e; char b[9]; int n = 0;"
# configure asks for these only where it did not find what is better, or looks into other packages.
_AS_ON_GLIBC = re.compile(r"HAVE_DECL_TZNAME|HAVE_SYS_DIR_H|HAVE_FFI_\w+")

# As in CPython's configure.ac, in short.
_LINES = {
    "HAVE_ADDRINFO": "struct addrinfo a; (void)a;",
    "HAVE_DEVICE_MACROS": "makedev(major(0), minor(0));",
    "HAVE_DIRENT_D_TYPE": "struct dirent d; d.d_type = 0;",
    "HAVE_EPOLL": "epoll_create(1);",
    "HAVE_GCC_UINT128_T": "__uint128_t a; (void)a;",
    "HAVE_GETADDRINFO": "getaddrinfo(0, 0, 0, 0);",
    "HAVE_GETC_UNLOCKED": "flockfile(0); getc_unlocked(stdin); funlockfile(0);",
    "HAVE_GETHOSTBYNAME_R": f'{_NET} gethostbyname_r("", &e, b, 9, &h, &n);',
    "HAVE_GETHOSTBYNAME_R_6_ARG": f'{_NET} gethostbyname_r("", &e, b, 9, &h, &n);',
    "HAVE_GETRANDOM": "getrandom(0, 0, 0);",
    "HAVE_GETRANDOM_SYSCALL": "syscall(SYS_getrandom, 0, 0, GRND_NONBLOCK);",
    "HAVE_HTOLE64": "uint64_t a = le64toh(1); (void)a;",
    "HAVE_LARGEFILE_SUPPORT": "char a[sizeof(off_t) > sizeof(long) ? 1 : -1]; (void)a;",
    "HAVE_LINUX_CAN_BCM_H": "int a = CAN_BCM; (void)a;",
    "HAVE_LINUX_CAN_RAW_FD_FRAMES": "int a = CAN_RAW_FD_FRAMES; (void)a;",
    "HAVE_LINUX_CAN_RAW_JOIN_FILTERS": "int a = CAN_RAW_JOIN_FILTERS; (void)a;",
    "HAVE_MAKEDEV": "makedev(0, 0);",
    "HAVE_SOCKADDR_ALG": "struct sockaddr_alg a; (void)a;",
    "HAVE_SOCKADDR_SA_LEN": "struct sockaddr a; a.sa_len = 0;",
    "HAVE_SOCKADDR_STORAGE": "struct sockaddr_storage a; (void)a;",
    "HAVE_STAT_TV_NSEC": "struct stat a; a.st_mtim.tv_nsec = 1;",
    "HAVE_STAT_TV_NSEC2": "struct stat a; a.st_mtimespec.tv_nsec = 1;",
    "HAVE_STD_ATOMIC": "atomic_int a; atomic_uintptr_t b; (void)a, (void)b;",
    "HAVE_TM_ZONE": "struct tm a; a.tm_zone = 0;",
    "HAVE_USABLE_WCHAR_T": "char a[(wchar_t)-1 > 0 ? 1 : -1]; (void)a;",
    "HAVE___UINT128_T": "__uint128_t a; (void)a;",
    "MAJOR_IN_SYSMACROS": ("\n#if !__has_include(<sys/sysmacros.h>)\n#error\n#endif\nmajor(0);"),
    "PTHREAD_KEY_T_IS_COMPATIBLE_WITH_INT": (
        "char a[sizeof(pthread_key_t) == sizeof(int) ? 1 : -1]; (void)a;"
    ),
    "PTHREAD_SYSTEM_SCHED_SUPPORTED": "int a = PTHREAD_SCOPE_SYSTEM; (void)a;",
}

# None: not defined. By reading configure.ac: what it sets by the name of the system, or finds by
# running a program.
_KNOWN: Mapping[str, Mapping[str, str | None]] = {
    # statx() came with musl 1.2.5.
    "musl": {"PY_HAVE_PERF_TRAMPOLINE": None, "HAVE_STATX": None},
    "macos": {
        "HAVE_BROKEN_SEM_GETVALUE": "1",
        "HAVE_DYLD_SHARED_CACHE_CONTAINS_PATH": "1",
        "HAVE_GCC_ASM_FOR_X64": None,
        "HAVE_GCC_ASM_FOR_X87": None,
        "PY_HAVE_PERF_TRAMPOLINE": None,
        "THREAD_STACK_SIZE": "0x1000000",
        "WITH_DYLD": "1",
        # In zig's newer SDK, and not in the oldest macOS.
        "HAVE_DUP3": None,
        "HAVE_MKFIFOAT": None,
        "HAVE_MKNODAT": None,
        "HAVE_PIPE2": None,
        # Headers of the SDK that zig does not bring.
        "HAVE_NET_ETHERNET_H": "1",
        "HAVE_RPC_RPC_H": "1",
        "HAVE_SYS_SYSCALL_H": "1",
        "HAVE_SYS_SYS_DOMAIN_H": "1",
        "HAVE_SYS_XATTR_H": "1",
        "HAVE_UTIL_H": "1",
        "HAVE_UTMP_H": "1",
        "_POSIX_C_SOURCE": None,
        "_PYTHREAD_NAME_MAXLEN": "63",
        "_XOPEN_SOURCE": None,
        "_XOPEN_SOURCE_EXTENDED": None,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("system", choices=[s.name for s in SYSTEMS if not s.links_python])
    parser.add_argument("versions", nargs="+", type=pair)
    arguments = parser.parse_args()
    (system,) = (system for system in SYSTEMS if system.name == arguments.system)
    entries = {version: entries_of(file) for version, file in arguments.versions}
    found = {
        version: {row.arch: facts_of(names, row.plain_tag, version, system) for row in system.rows}
        for version, names in entries.items()
    }
    if system.name == "glibc":
        for version, by_arch in found.items():
            for arch, answers in by_arch.items():
                _compare(answers, version, f"manylinux_2_39_{arch}")
    else:
        write_macros(system.facts, factored(found))


def entries_of(file: Path) -> dict[str, str]:
    """Return the macros of a pyconfig.h and what it says of each."""
    found = {}
    for comment, defined, _, undefined in _ENTRY.findall(file.read_text(encoding="utf-8")):
        found[defined or undefined] = re.sub(r"\s+", " ", comment).strip()
    return found


def facts_of(entries: Mapping[str, str], tag: str, version: str, system: System) -> Macros:
    platform = parse_platform(tag, source="ROWS")
    target = f"{platform.row.zig.triple}.2.39" if system.libc == "glibc" else platform.zig_target
    python = parse_python_version(version, source="argument")
    (arch,) = (r.arch for r in GLIBC.rows if r.processor == platform.row.processor)
    like = parse_platform(f"manylinux_2_39_{arch}", source="ROWS")
    answers: dict[str, str | None] = {**macros(like, python)}
    asked = {n: c for n, c in entries.items() if is_fact(n) and not _AS_ON_GLIBC.fullmatch(n)}
    answers.update(_asked(asked, target))
    if answers.get("HAVE_GETHOSTBYNAME_R") and python.numbers < (3, 11):
        # configure asked for the one only where it had not found the other.
        answers["HAVE_GETHOSTBYNAME"] = None
    if "SOABI_PLATFORM" in entries:
        answers["SOABI_PLATFORM"] = f'"{platform.row.multiarch}"'
    known = _KNOWN.get(system.name, {})
    answers.update({n: v for n, v in known.items() if v is None or n in entries})
    return {n: v for n, v in sorted(answers.items()) if v is not None}


def _asked(entries: Mapping[str, str], target: str) -> dict[str, str | None]:
    """Return what a target's headers and linker answer; None for what they do not have."""
    linked = _named(entries, _LINKED)
    declared = _named(entries, _DECLARED)
    lines = {name: lines for name, lines in _LINES.items() if name in entries}
    lines.update({n: f"(void)({text});" for n, text in declared.items() if n not in lines})
    for name, (member, struct) in _named_pairs(entries, _MEMBER).items():
        lines[name] = f"{struct} a; (void)sizeof(a.{member});"
    for name, text in _named(entries, _TYPE).items():
        lines.setdefault(name, f"{text} a; (void)a;")
    constants = _named(entries, _CONSTANT)
    headers = {n: text for n, text in _named(entries, _HEADER).items() if n not in lines}
    compiled = _compiling({**lines, **_declarations(constants)}, target)
    there = compiled | _present(headers, target) | _linking(linked, target)
    answers: dict[str, str | None] = {}
    for name in {**lines, **headers, **linked}:
        answers[name] = "1" if name in there else None
    answers.update({name: str(int(name in there)) for name in constants})
    sizes = {n: f"sizeof({t})" for n, t in _named(entries, _SIZE).items()}
    sizes.update({n: f"_Alignof({t})" for n, t in _named(entries, _ALIGNMENT).items()})
    answers.update(_evaluated(sizes, target))
    return answers


def _declarations(names: Mapping[str, str]) -> dict[str, str]:
    """Return the lines that ask for a declaration or a macro."""
    return {n: f"\n#ifndef {text}\n(void)({text});\n#endif\n" for n, text in names.items()}


def _named(entries: Mapping[str, str], pattern: re.Pattern[str]) -> dict[str, str]:
    return {name: match[1] for name, text in entries.items() if (match := pattern.search(text))}


def _named_pairs(
    entries: Mapping[str, str], pattern: re.Pattern[str]
) -> dict[str, tuple[str, str]]:
    found = {name: pattern.search(text) for name, text in entries.items()}
    return {name: (match[1], match[2]) for name, match in found.items() if match}


def _prologue() -> str:
    guarded = (f"#if __has_include(<{h}>)\n#include <{h}>\n#endif\n" for h in _INCLUDES)
    return "#define _GNU_SOURCE 1\n#define _FILE_OFFSET_BITS 64\n" + "".join(guarded)


def _compiling(lines: Mapping[str, str], target: str) -> set[str]:
    """Return the names of the lines of C that compile, each in a function of its own."""
    names = list(lines)
    code = _prologue() + "".join(
        f'#line 1 "case{number}"\nvoid case{number}(void) {{ {lines[name]} }}\n'
        for number, name in enumerate(names)
    )
    flags = ["-fsyntax-only", "-ferror-limit=0", "-w", "-Werror=implicit-function-declaration"]
    text = _zig(code, target, *flags)
    if "fatal error" in text:
        raise SystemExit(text)
    failed = {int(number) for number in re.findall(r"^case(\d+):\d+:\d+: error", text, re.M)}
    return {name for number, name in enumerate(names) if number not in failed}


def _present(headers: Mapping[str, str], target: str) -> set[str]:
    code = "".join(
        f"#if __has_include(<{header}>)\n@{name}\n#endif\n" for name, header in headers.items()
    )
    return set(re.findall(r"^@(\w+)", _zig(code, target, "-E"), re.M))


def _linking(functions: Mapping[str, str], target: str) -> set[str]:
    """Return the names of the functions that the linker finds."""
    left = dict(functions)
    while True:
        code = "".join(f"char {f}(void); void *use_{f} = (void *){f};\n" for f in left.values())
        text = _zig(f"{code}int main(void) {{ return 0; }}\n", target, "-w", "-fno-builtin", "-lm")
        missing = set(re.findall(r"undefined symbol: _?(\w+)", text))
        missing |= set(re.findall(r"undefined symbol: (\w+)", text))
        kept = {name: function for name, function in left.items() if function not in missing}
        if len(kept) == len(left):
            if "error" in text:
                raise SystemExit(text)
            return set(left)
        left = kept


def _evaluated(expressions: Mapping[str, str], target: str) -> dict[str, str | None]:
    """Return the values of constant expressions; None for those that do not compile."""
    asserted = {name: f"(void)({text});" for name, text in expressions.items()}
    there = _compiling(asserted, target)
    found: dict[str, str | None] = dict.fromkeys(expressions)
    for value in (1, 2, 4, 8, 12, 16):
        cases = {
            name: f"char a[({expressions[name]}) == {value} ? 1 : -1]; (void)a;" for name in there
        }
        found.update(dict.fromkeys(_compiling(cases, target), str(value)))
    return found


def _zig(code: str, target: str, *flags: str) -> str:
    """Return what zig prints for C code on either channel; errors are answers."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "probe.c"
        file.write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *flags]
        if "-E" not in flags and "-fsyntax-only" not in flags:
            command += ["-fno-sanitize=undefined", "-o", str(Path(directory) / "probe")]
        command.append(str(file))
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _compare(answers: Macros, version: str, tag: str) -> None:
    python = parse_python_version(version, source="argument")
    facts = macros(parse_platform(tag, source="argument"), python)
    differing = _differences(answers, facts)
    print(f"{version} {tag}: {len(answers)} answers, {len(differing)} differ")
    for name in differing:
        print(f"  {name}: asked {answers.get(name)}, real {facts.get(name)}")


def _differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))


if __name__ == "__main__":
    main()
