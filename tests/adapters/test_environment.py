"""What every build tool is told about a target: plans, and the programs in them, run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters import SCRATCH, BuildMachine, Plan, environment
from crosshook.adapters._cmake import find_python
from crosshook.project import Backend, Project
from crosshook.target import Target, Toolchain
from crosshook.target.systems import ROWS
from tests.conftest import MakeTarget, gcc_toolchain
from tests.factory import make_elf

MACHINE = BuildMachine(
    system="linux",
    environ={},
    python="/env/bin/python",
    site_packages=("/env/lib/site-packages",),
)
PYTHON_LIBRARY = "/pythons/libs/python313.lib"
MSVC = Toolchain(name="MSVC", argument_syntax="msvc", commands={})

posix = pytest.mark.skipif(os.name == "nt", reason="runs shell scripts")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    return Project(root=root, requires=(), backend=Backend(name="any"))


def told(target: Target, project: Project, environ: dict[str, str] | None = None) -> Plan:
    return environment.plan(target, project, replace(MACHINE, environ=environ or {}))


def place(plan: Plan, directory: Path) -> Plan:
    """Write the files of a plan, as a build does."""
    placed = plan.with_scratch(str(directory))
    for name, text in placed.files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
        if name in placed.executables:
            (directory / name).chmod(0o755)
    return placed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
def test_every_platform(make_target: MakeTarget, project: Project, row: Any) -> None:
    plan = told(make_target(row.plain_tag), project)
    assert {"CC", "CMAKE_TOOLCHAIN_FILE", "PKG_CONFIG_LIBDIR", "GOOS", "GOARCH"} <= set(
        plan.environ
    )
    assert "_PYTHON_HOST_PLATFORM" in plan.unset


def test_compilers(make_target: MakeTarget, project: Project) -> None:
    target = make_target("manylinux_2_28_aarch64")
    target = replace(target, build_toolchain=replace(gcc_toolchain(), commands={"cc": ("gcc",)}))
    environ = told(target, project).environ
    tools = {"CC": "/tools/cc", "CXX": "/tools/c++", "AR": "/tools/ar"}
    assert {name: environ[name] for name in tools} == tools
    assert environ["TOOLS_CACHE"] == "/tools/cache"
    assert {k: v for k, v in environ.items() if k.endswith("_FOR_BUILD")} == {"CC_FOR_BUILD": "gcc"}


def test_this_machines_directories_are_not_searched(
    make_target: MakeTarget, project: Project
) -> None:
    """gcc and clang would find this machine's headers, for whatever they compile."""
    environ = {
        "CPATH": os.pathsep.join(["/usr/include", "/mine", "/usr/include/x86_64-linux-gnu/"]),
        "LIBRARY_PATH": "/usr/lib",
        "C_INCLUDE_PATH": "/mine",
    }
    plan = told(make_target("manylinux_2_28_aarch64"), project, environ)
    assert plan.environ["CPATH"] == "/mine"
    assert "C_INCLUDE_PATH" not in plan.environ
    assert "LIBRARY_PATH" in plan.unset
    assert plan.notes[0].startswith("left out of CPATH, since it is this machine's: /usr/include:")


def test_no_toolchain(make_target: MakeTarget, project: Project) -> None:
    plan = told(replace(make_target("win_arm64"), toolchain=None), project)
    assert not {"CC", "CMAKE_TOOLCHAIN_FILE"} & set(plan.environ)


def test_msvc(make_target: MakeTarget, project: Project) -> None:
    plan = told(make_target("win_arm64", toolchain=MSVC), project)
    assert not {"CC", "CMAKE_TOOLCHAIN_FILE"} & set(plan.environ)
    assert plan.environ["CMAKE_GENERATOR_PLATFORM"] == "ARM64"


def test_the_oldest_macos(make_target: MakeTarget, project: Project) -> None:
    environ = told(make_target("macosx_12_0_arm64"), project).environ
    assert environ["MACOSX_DEPLOYMENT_TARGET"] == "12.0"
    assert "MACOSX_DEPLOYMENT_TARGET" not in told(make_target("win_arm64"), project).environ


class TestModulesThatAreLinkedByHand:
    """``$CC -shared`` is what hooks and Makefiles say."""

    UNUSED = "-s -Xlinker --out-implib -Xlinker {}/unused-import-library.lib"

    @pytest.fixture
    def cc(self, make_target: MakeTarget, project: Project, tmp_path: Path) -> Any:
        """Return a function that runs the ``CC`` of a target, which prints its arguments."""
        compiler = tmp_path / "compiler"
        compiler.write_text('#!/bin/sh\necho "$@"\n')
        compiler.chmod(0o755)
        toolchain = replace(gcc_toolchain(), commands={"cc": (str(compiler), "-first")})
        scratch = tmp_path / "scratch dir"

        def run(tag: str, *arguments: str) -> str:
            plan = place(told(make_target(tag, toolchain=toolchain), project), scratch)
            command = plan.environ["CC"].replace("'", "")
            words = [command] if Path(command).is_file() else command.split()
            done = subprocess.run([*words, *arguments], capture_output=True, check=True, text=True)
            return done.stdout.strip().replace(str(scratch), "{}")

        return run

    @posix
    def test_windows(self, cc: Any) -> None:
        assert cc("win_arm64", "-c", "a.c") == "-first -c a.c"
        linked = f"-first -shared a.o {self.UNUSED} {PYTHON_LIBRARY}"
        assert cc("win_arm64", "-shared", "a.o") == linked

    @posix
    def test_an_import_library_that_is_wanted(self, cc: Any) -> None:
        given = ("-shared", "a.o", "-Wl,--out-implib,a.lib")
        assert cc("win_arm64", *given) == f"-first {' '.join(given)} {PYTHON_LIBRARY}"

    @posix
    def test_windows_by_msvcs_flags(self, cc: Any) -> None:
        given = "/LD a.o /Fe:a.pyd /link /DLL"
        linked = f"-first {self.UNUSED} {PYTHON_LIBRARY} {given}"
        assert cc("win_arm64", *given.split()) == linked

    @posix
    def test_windows_and_the_stable_abi(self, cc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CROSSHOOK_STABLE_ABI", "1")
        linked = f"-first -shared a.o {self.UNUSED} /pythons/libs/python3.lib"
        assert cc("win_arm64", "-shared", "a.o") == linked

    @posix
    def test_windows_and_what_is_compiled_for_the_stable_abi(self, cc: Any) -> None:
        given = "/DPy_LIMITED_API=0x030b00f0 a.c /LD"
        linked = f"-first {self.UNUSED} /pythons/libs/python3.lib {given}"
        assert cc("win_arm64", *given.split()) == linked

    @posix
    def test_macos(self, cc: Any) -> None:
        linked = "-first -bundle a.o -s -undefined dynamic_lookup"
        assert cc("macosx_11_0_arm64", "-bundle", "a.o") == linked

    @posix
    def test_linux(self, cc: Any) -> None:
        assert cc("linux_aarch64", "-shared", "a.o") == "-first -shared a.o"


class TestPkgConfig:
    def test_it_never_finds_this_machines(self, make_target: MakeTarget, project: Project) -> None:
        environ = told(make_target("win_arm64"), project).environ
        assert environ["PKG_CONFIG_LIBDIR"] == f"{SCRATCH}/pkgconfig"
        assert "PKG_CONFIG_SYSROOT_DIR" not in environ

    def test_what_is_for_the_target(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        (tmp_path / "usr" / "share" / "pkgconfig").mkdir(parents=True)
        sysroot = str(tmp_path)
        target = replace(make_target("win_arm64"), target_packages="/packages", sysroot=sysroot)
        environ = told(target, project, {"PKG_CONFIG_LIBDIR": "/users"}).environ
        assert environ["PKG_CONFIG_LIBDIR"].split(os.pathsep) == [
            "/users",
            "/packages/numpy/_core/lib/pkgconfig",
            "/packages/pybind11/share/pkgconfig",
            f"{sysroot}/usr/lib/aarch64-w64-mingw32/pkgconfig",
            f"{sysroot}/usr/lib64/pkgconfig",
            f"{sysroot}/usr/lib/pkgconfig",
            f"{sysroot}/usr/share/pkgconfig",
            f"{SCRATCH}/pkgconfig",
        ]
        assert environ["PKG_CONFIG_SYSROOT_DIR"] == sysroot
        users = told(target, project, {"PKG_CONFIG_SYSROOT_DIR": "/mine"}).environ
        assert "PKG_CONFIG_SYSROOT_DIR" not in users

    def test_a_sysroot_without_its_files(self, make_target: MakeTarget, project: Project) -> None:
        """It would be put before the paths that the files of other directories have."""
        target = replace(make_target("linux_aarch64"), sysroot="/conda/sysroot")
        assert "PKG_CONFIG_SYSROOT_DIR" not in told(target, project).environ


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("win_arm64", {"GOOS": "windows", "GOARCH": "arm64", "CGO_ENABLED": "1"}),
        ("win32", {"GOOS": "windows", "GOARCH": "386", "CGO_ENABLED": "1"}),
        ("macosx_11_0_arm64", {"GOOS": "darwin", "GOARCH": "arm64", "CGO_ENABLED": "1"}),
        ("linux_armv7l", {"GOOS": "linux", "GOARCH": "arm", "GOARM": "7", "CGO_ENABLED": "1"}),
    ],
)
def test_go(make_target: MakeTarget, project: Project, tag: str, expected: dict[str, str]) -> None:
    environ = told(make_target(tag), project).environ
    assert {k: v for k, v in environ.items() if k.startswith(("GO", "CGO"))} == expected
    assert "CGO_ENABLED" not in told(make_target(tag), project, {"CGO_ENABLED": "0"}).environ


class TestConfigure:
    @posix
    @pytest.mark.parametrize(
        ("tag", "host"),
        [
            ("win_arm64", "aarch64-w64-mingw32"),
            ("win32", "i686-w64-mingw32"),
            ("musllinux_1_2_x86_64", "x86_64-linux-musl"),
            ("linux_armv7l", "arm-linux-gnueabihf"),
            ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ],
    )
    def test_the_host(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, tag: str, host: str
    ) -> None:
        plan = place(told(make_target(tag), project), tmp_path)
        assert self.read(plan, "cross_compiling=no") == f"{host} yes"
        assert self.read(plan, "host_alias=mine; cross_compiling=maybe") == "mine maybe"

    @posix
    def test_the_users_file(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        users = tmp_path / "users.site"
        users.write_text("cross_compiling=users\n")
        environ = {"CONFIG_SITE": str(users)}
        plan = place(told(make_target("win_arm64"), project, environ), tmp_path)
        assert self.read(plan, "true") == "aarch64-w64-mingw32 users"

    @posix
    def test_tests_are_run_by_what_runs_programs(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        target = make_target("linux_aarch64")
        machine = replace(MACHINE, runner=("/bin/echo", "-L", "/a root"))
        plan = place(environment.plan(target, project, machine), tmp_path)
        program, script = tmp_path / "program", tmp_path / "script"
        program.write_bytes(b"\x7fELF")
        script.write_text("#!/bin/sh\necho script $1\n")
        script.chmod(0o755)
        for file, said in ((program, f"-L /a root {program} one"), (script, "script one")):
            command = [plan.environ["LOG_COMPILER"], str(file), "one"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert done.stdout == f"{said}\n"
        users = replace(machine, environ={"LOG_COMPILER": "mine"})
        assert "LOG_COMPILER" not in environment.plan(target, project, users).environ

    @posix
    def test_where_nothing_runs_tests_they_are_skipped(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        plan = place(told(make_target("macosx_11_0_arm64"), project), tmp_path / "scratch")
        program = tmp_path / "test"
        program.write_bytes(b"\xcf\xfa\xed\xfe")
        done = subprocess.run([plan.environ["LOG_COMPILER"], str(program)], check=False)
        assert done.returncode == 77

    @posix
    @pytest.mark.parametrize(
        ("tag", "answer"), [("macosx_11_0_arm64", "no"), ("win_arm64", ""), ("linux_aarch64", "")]
    )
    def test_libtool_links_for_macos_as_apples_linker_wants_it(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, tag: str, answer: str
    ) -> None:
        plan = place(told(make_target(tag), project), tmp_path)
        script = '. "$CONFIG_SITE"; echo "$lt_cv_prog_gnu_ld$lt_cv_prog_gnu_ldcxx"'
        done = subprocess.run(
            ["sh", "-c", script], env=plan.environ, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == answer * 2

    @posix
    def test_libtool_gets_an_nm_that_reads_more_than_elf(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        environ = {"PATH": str(tmp_path)}
        windows = make_target("win_arm64")
        assert "NM" not in told(windows, project, environ).environ
        lister = tmp_path / "llvm-nm"
        lister.touch(mode=0o755)
        assert told(windows, project, environ).environ["NM"] == str(lister)
        assert "NM" not in told(make_target("linux_aarch64"), project, environ).environ
        assert "NM" not in told(windows, project, {**environ, "NM": "mine"}).environ

    def read(self, plan: Plan, before: str) -> str:
        """Read the file as a configure script does."""
        script = f'{before}; . "$CONFIG_SITE"; echo "$host_alias" "$cross_compiling"'
        environ = {"CONFIG_SITE": plan.environ["CONFIG_SITE"], "PATH": os.defpath}
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            env=environ,
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()


class TestRust:
    def test_without_a_crate(self, make_target: MakeTarget, project: Project) -> None:
        target = make_target("win_arm64")
        assert tuple(environment.probes(target, project, MACHINE)) == ()
        assert "CARGO_BUILD_TARGET" not in told(target, project).environ

    def test_a_crate_somewhere(self, make_target: MakeTarget, project: Project) -> None:
        (project.root / "rust" / "deep").mkdir(parents=True)
        (project.root / "rust" / "deep" / "Cargo.toml").touch()
        target = make_target("linux_aarch64")
        assert ("cargo", "--version") in tuple(environment.probes(target, project, MACHINE))
        plan = told(target, project)
        # Nothing is known of Rust on this machine, and nothing must be built for it.
        assert plan.environ["CARGO_BUILD_TARGET"] == "aarch64-unknown-linux-gnu"
        assert plan.notes[0].startswith("if cargo is called, it fails: cargo: not found")

    def test_crates_that_are_not_the_projects(self, project: Project) -> None:
        for directory in (".git", "node_modules", "venv/lib"):
            (project.root / directory).mkdir(parents=True)
            (project.root / directory / "Cargo.toml").touch()
        (project.root / "venv" / "pyvenv.cfg").touch()
        assert not environment.holds_rust(project)


class TestCMake:
    """The file is read by CMake itself, where it is installed, which configures nothing."""

    def cmake(self, plan: Plan, scratch: Path, expressions: list[str]) -> list[str]:
        cmake = shutil.which("cmake")
        if cmake is None:
            pytest.skip("cmake is not installed")
        placed = place(plan, scratch)
        script = scratch / "show.cmake"
        lines = [f'message("{expression}")' for expression in expressions]
        file = placed.environ["CMAKE_TOOLCHAIN_FILE"]
        script.write_text("\n".join([f'include("{file}")', *lines, ""]))
        done = subprocess.run([cmake, "-P", script], capture_output=True, check=True, text=True)
        return [line.replace(str(scratch), "{}") for line in done.stderr.splitlines()]

    @pytest.mark.parametrize(
        ("tag", "expected"),
        [
            (
                "win_arm64",
                ["Windows", "ARM64", "cp313-win_arm64", "", PYTHON_LIBRARY],
            ),
            (
                "win_amd64",
                ["Windows", "AMD64", "cp313-win_amd64", "", PYTHON_LIBRARY],
            ),
            ("macosx_11_0_arm64", ["Darwin", "arm64", "cpython-313-darwin", "abi3", ""]),
            ("linux_aarch64", ["Linux", "aarch64", "cpython-313-aarch64-linux-gnu", "abi3", ""]),
        ],
    )
    def test_what_it_says(
        self,
        make_target: MakeTarget,
        project: Project,
        tmp_path: Path,
        tag: str,
        expected: list[str],
    ) -> None:
        names = (
            "CMAKE_SYSTEM_NAME CMAKE_SYSTEM_PROCESSOR Python_SOABI Python3_SOSABI Python_LIBRARY"
        )
        shown = [f"${{{name}}}" for name in names.split()]
        assert self.cmake(told(make_target(tag), project), tmp_path, shown) == expected

    def test_where_it_looks(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        target = replace(make_target("linux_aarch64"), target_packages="/packages")
        shown = ["${CMAKE_FIND_ROOT_PATH}", "${CMAKE_FIND_ROOT_PATH_MODE_LIBRARY}"]
        shown += ["${CMAKE_FIND_ROOT_PATH_MODE_PROGRAM}"]
        roots, libraries, programs = self.cmake(told(target, project), tmp_path, shown)
        assert (libraries, programs) == ("ONLY", "NEVER")
        assert roots.split(";")[:3] == ["/packages", "/env/lib/site-packages", "{}/project"]
        assert "{}" in roots.split(";")
        assert "/usr" not in roots.split(";")

    def test_compilers_of_several_words(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        toolchain = replace(
            gcc_toolchain(), commands={"cc": ("ccache", "my cc"), "ar": ("/tools/ar",)}
        )
        plan = told(make_target("linux_aarch64", toolchain=toolchain), project)
        assert plan.files["cmake/cc"] == "#!/bin/sh\nexec ccache 'my cc' \"$@\"\n"
        assert "cmake/cc" in plan.executables
        shown = ["${CMAKE_C_COMPILER}", "${CMAKE_AR}", "${CMAKE_STRIP}"]
        expected = ["{}/cmake/cc", "/tools/ar", "{}/cmake/strip"]
        assert self.cmake(plan, tmp_path, shown) == expected

    @pytest.mark.parametrize(
        "environ",
        [
            {"CMAKE_TOOLCHAIN_FILE": "{users}"},
            {"CMAKE_ARGS": "-DA=1 -DCMAKE_TOOLCHAIN_FILE={users} -G Ninja"},
            {"CMAKE_ARGS": "-DCMAKE_TOOLCHAIN_FILE:FILEPATH={users}"},
        ],
    )
    def test_the_users_file_is_read_after_ours(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, environ: dict[str, str]
    ) -> None:
        users = tmp_path / "users.cmake"
        users.write_text("set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_SYSTEM_PROCESSOR}-mine)\n")
        environ = {name: value.replace("{users}", str(users)) for name, value in environ.items()}
        plan = told(make_target("linux_aarch64"), project, environ)
        assert self.cmake(plan, tmp_path, ["${CMAKE_SYSTEM_PROCESSOR}"]) == ["aarch64-mine"]
        assert str(users) not in plan.environ["CMAKE_ARGS"]

    def test_an_sdks_file_names_a_place_to_look_in(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        """As Yocto's OEToolchainConfig.cmake does."""
        users = tmp_path / "users.cmake"
        users.write_text("set(CMAKE_FIND_ROOT_PATH /sdk/sysroot)\n")
        plan = told(make_target("linux_aarch64"), project, {"CMAKE_TOOLCHAIN_FILE": str(users)})
        (roots,) = self.cmake(plan, tmp_path, ["${CMAKE_FIND_ROOT_PATH}"])
        assert roots.split(";")[:2] == ["/sdk/sysroot", "/env/lib/site-packages"]

    @pytest.mark.parametrize(("tag", "last"), [("win_arm64", PYTHON_LIBRARY), ("linux_s390x", "")])
    def test_the_import_library_of_python_is_linked_where_nothing_else_is(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, tag: str, last: str
    ) -> None:
        rules = place(told(make_target(tag), project), tmp_path).files["cmake/rules.cmake"]
        (tmp_path / "show.cmake").write_text(
            f"set(CMAKE_C_STANDARD_LIBRARIES_INIT -lkernel32)\n{rules}"
            'message("${CMAKE_C_STANDARD_LIBRARIES_INIT}")\n'
        )
        cmake = shutil.which("cmake")
        if cmake is None:
            pytest.skip("cmake is not installed")
        done = subprocess.run([cmake, "-P", tmp_path / "show.cmake"], stderr=subprocess.PIPE)
        said = done.stderr.decode().strip()
        assert said == (f'-lkernel32 "{last}"' if last else "-lkernel32")

    @posix
    @pytest.mark.parametrize("directory", ["", "lib/"])
    def test_static_libraries_are_where_visual_studio_puts_them(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, directory: str
    ) -> None:
        toolchain = replace(gcc_toolchain(), commands={"cc": ("cc",), "ranlib": ("test", "-n")})
        plan = told(make_target("win_amd64", toolchain=toolchain), project)
        made = tmp_path / directory
        made.mkdir(exist_ok=True)
        (made / "libdemo.a").write_text("!<arch>\n")
        command = ["/bin/sh", "-c", plan.files["cmake/ranlib"], "ranlib", f"{directory}libdemo.a"]
        subprocess.run(command, cwd=tmp_path, check=True)
        assert (made / "Release" / "demo.lib").read_text() == "!<arch>\n"

    @posix
    def test_a_static_library_that_was_not_made(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        toolchain = replace(gcc_toolchain(), commands={"cc": ("cc",), "ranlib": ("test", "-e")})
        plan = told(make_target("win_amd64", toolchain=toolchain), project)
        command = ["/bin/sh", "-c", plan.files["cmake/ranlib"], "ranlib", "libdemo.a"]
        assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1
        assert not (tmp_path / "Release").exists()

    @pytest.mark.parametrize(("tag", "expected"), [("win_arm64", "Release"), ("linux_s390x", "")])
    def test_the_build_type(
        self,
        make_target: MakeTarget,
        project: Project,
        tmp_path: Path,
        tag: str,
        expected: str,
    ) -> None:
        plan = told(make_target(tag), project)
        assert self.cmake(plan, tmp_path, ["${CMAKE_BUILD_TYPE}"]) == [expected]

    def test_the_toolchains_file_is_read_before_the_users(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        for name in ("toolchains", "users"):
            text = f'set(CMAKE_SYSTEM_PROCESSOR "${{CMAKE_SYSTEM_PROCESSOR}}-{name}")\n'
            (tmp_path / f"{name}.cmake").write_text(text)
        toolchain = replace(
            gcc_toolchain(), cross_files={"cmake": str(tmp_path / "toolchains.cmake")}
        )
        environ = {"CMAKE_TOOLCHAIN_FILE": str(tmp_path / "users.cmake")}
        plan = told(make_target("linux_aarch64", toolchain=toolchain), project, environ)
        processor = self.cmake(plan, tmp_path, ["${CMAKE_SYSTEM_PROCESSOR}"])
        assert processor == ["aarch64-toolchains-users"]

    def test_the_users_arguments(self, make_target: MakeTarget, project: Project) -> None:
        environ = told(make_target("linux_aarch64"), project, {"CMAKE_ARGS": "-DA=1"}).environ
        ours = f"-DCMAKE_TOOLCHAIN_FILE={SCRATCH}/cmake/toolchain.cmake"
        assert environ["CMAKE_ARGS"] == f"{ours} -DA=1"

    @posix
    def test_the_emulator_leaves_this_machines_python_alone(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        machine = replace(MACHINE, runner=("echo", "emulated"))
        plan = environment.plan(make_target("linux_aarch64"), project, machine)
        place(plan, tmp_path)
        run = str(tmp_path / "cmake" / "run")

        def ran(*command: str) -> str:
            done = subprocess.run([run, *command], capture_output=True, check=True, text=True)
            return done.stdout.strip()

        python = tmp_path / "python3"
        python.symlink_to(sys.executable)
        assert ran("/b/test", "-a") == "emulated /b/test -a"
        assert ran(str(python), "-c", "print('real')") == "real"

    @pytest.mark.parametrize(
        ("tag", "toolchain", "left_out"),
        [
            ("macosx_11_0_arm64", "zig 0.17.0", True),
            ("win_arm64", "zig 0.17.0", True),
            ("linux_aarch64", "zig 0.17.0", False),
            ("macosx_11_0_arm64", "clang", False),
        ],
    )
    def test_link_time_optimisation_that_zig_cannot_do(
        self,
        make_target: MakeTarget,
        project: Project,
        tag: str,
        toolchain: str,
        left_out: bool,
    ) -> None:
        target = make_target(tag, toolchain=replace(gcc_toolchain(), name=toolchain))
        rules = told(target, project).files["cmake/rules.cmake"]
        assert ("_OPTIONS_IPO" in rules) is left_out
        assert ("SHARED_LIBRARY_PREFIX" in rules) is (tag == "win_arm64")

    @pytest.mark.parametrize(
        ("tag", "version"),
        [
            ("macosx_10_9_x86_64", "13.0.0"),
            ("macosx_11_0_arm64", "20.0.0"),
            ("macosx_15_0_arm64", "24.0.0"),
            ("macosx_26_0_arm64", "25.0.0"),
            ("win_arm64", "10.0"),
            ("linux_aarch64", ""),
        ],
    )
    def test_the_version_of_the_system(
        self, make_target: MakeTarget, project: Project, tmp_path: Path, tag: str, version: str
    ) -> None:
        plan = told(make_target(tag), project)
        assert self.cmake(plan, tmp_path, ["<${CMAKE_SYSTEM_VERSION}>"]) == [f"<{version}>"]

    def test_find_python(self, make_target: MakeTarget) -> None:
        assert find_python(make_target("win_arm64", "3.13t")) == {
            "INCLUDE_DIR": "/pythons/include",
            "LIBRARY": "/pythons/libs/python313t.lib",
            "SABI_LIBRARY": "",
            "SOABI": "cp313t-win_arm64",
            "SOSABI": "",
        }


class TestLibraries:
    @pytest.fixture
    def target(self, make_target: MakeTarget, tmp_path: Path) -> Target:
        prefix = tmp_path / "prefix"
        files = {
            "include/demo.h": "",
            "lib/libdemo.so": "",
            "lib/pkgconfig/demo-2.pc": "prefix=/usr/local\nName: demo\n",
            "bin/demo-config": "#!/bin/sh\nprefix=/usr/local\necho $prefix\n",
        }
        for name, text in files.items():
            (prefix / name).parent.mkdir(parents=True, exist_ok=True)
            (prefix / name).write_text(text)
        return replace(make_target("linux_aarch64"), libraries=(str(prefix),))

    def test_compilers(self, target: Target, project: Project) -> None:
        prefix = target.libraries[0]
        environ = told(target, project, {"CFLAGS": "-O1", "LDFLAGS": "-Lmine"}).environ
        # Behind the project's own headers, and the compiler's.
        assert environ["CPPFLAGS"] == environ["CXXFLAGS"] == f"-idirafter{prefix}/include"
        assert environ["CFLAGS"] == f"-O1 -idirafter{prefix}/include"
        assert environ["LDFLAGS"] == f"-Lmine -L{prefix}/lib"

    def test_without_libraries_flags_are_the_users(
        self, make_target: MakeTarget, project: Project
    ) -> None:
        plan = told(make_target("linux_aarch64"), project)
        assert not {"CFLAGS", "CPPFLAGS", "LDFLAGS"} & set(plan.environ)

    @posix
    def test_programs_that_answer(self, target: Target, project: Project, tmp_path: Path) -> None:
        plan = place(told(target, project, dict(os.environ)), tmp_path / "scratch")
        environ = {**os.environ, **plan.environ}
        asked = subprocess.run(["demo-config"], env=environ, capture_output=True, text=True)
        assert asked.stdout.strip() == target.libraries[0]
        files = {Path(name).name: text for name, text in plan.files.items()}
        assert files["demo-2.pc"].startswith(f"prefix={target.libraries[0]}\n")
        assert f"{tmp_path}/scratch/pkgconfig" in plan.environ["PKG_CONFIG_LIBDIR"].split(":")

    def test_cmake(self, target: Target, project: Project) -> None:
        text = told(target, project).files["cmake/toolchain.cmake"]
        assert f'list(APPEND CMAKE_FIND_ROOT_PATH "{target.libraries[0]}")' in text
        assert "CMAKE_LIBRARY_ARCHITECTURE" not in text
        Path(target.libraries[0], "lib/aarch64-linux-gnu").mkdir()
        text = told(target, project).files["cmake/toolchain.cmake"]
        assert 'set(CMAKE_LIBRARY_ARCHITECTURE "aarch64-linux-gnu")' in text

    def test_cargo(self, target: Target, project: Project) -> None:
        (project.root / "Cargo.toml").touch()
        prefix = target.libraries[0]
        environ = told(target, project, {"DEMO_2_LIB_DIR": "/mine"}).environ
        assert environ["PKG_CONFIG_ALLOW_CROSS"] == "1"
        assert environ["DEMO_2_DIR"] == prefix
        assert environ["DEMO_2_INCLUDE_DIR"] == f"{prefix}/include"
        assert "DEMO_2_LIB_DIR" not in environ

    def test_crates_that_know_of_several_machines(self, target: Target, project: Project) -> None:
        """openssl-sys: what has the triple before it counts before all that has not."""
        (project.root / "Cargo.toml").touch()
        prefix, triple = target.libraries[0], "AARCH64_UNKNOWN_LINUX_GNU"
        environ = told(target, project, {f"{triple}_DEMO_2_LIB_DIR": "/mine"}).environ
        assert environ[f"{triple}_DEMO_2_DIR"] == prefix
        assert environ[f"{triple}_DEMO_2_INCLUDE_DIR"] == f"{prefix}/include"
        assert f"{triple}_DEMO_2_LIB_DIR" not in environ

    def test_msvc(self, target: Target, project: Project) -> None:
        prefix = target.libraries[0]
        environ = told(replace(target, toolchain=MSVC), project, {"LIB": "/theirs"}).environ
        assert environ["INCLUDE"] == f"{prefix}/include"
        assert environ["LIB"] == os.pathsep.join([f"{prefix}/lib", "/theirs"])
        assert "CFLAGS" not in environ


class TestLibrariesOfThisMachine:
    """Those that the user's environment names for every build."""

    @pytest.fixture
    def native(self, tmp_path: Path) -> Path:
        return self.prefix(tmp_path / "native", 62)

    def prefix(self, root: Path, machine: int) -> Path:
        (root / "lib/pkgconfig").mkdir(parents=True)
        (root / "include").mkdir()
        (root / "lib/libssl.so").write_bytes(make_elf(machine))
        return root

    def test_they_are_left_out(
        self, make_target: MakeTarget, project: Project, native: Path
    ) -> None:
        users = {
            "OPENSSL_DIR": str(native),
            "OPENSSL_LIB_DIR": f"{native}/lib",
            "OPENSSL_INCLUDE_DIR": "/nowhere",
            "HDF5_ROOT": str(native),
            "PKG_CONFIG_PATH": os.pathsep.join([f"{native}/lib/pkgconfig", "/else"]),
            "OPENSSL_STATIC": "1",
            "Python_ROOT_DIR": str(native),
        }
        plan = told(make_target("linux_aarch64"), project, users)
        names = {"OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_INCLUDE_DIR", "HDF5_ROOT"}
        assert plan.unset & set(users) == names
        assert plan.environ["PKG_CONFIG_PATH"] == "/else"
        library = native / "lib/libssl.so"
        said = f"{library}: ELF for x86_64; linux_aarch64 needs ELF for aarch64"
        assert f"left out: OPENSSL_DIR={native}: {said}" in plan.notes
        assert f"left out of PKG_CONFIG_PATH: {said}" in plan.notes

    def test_those_for_the_target_are_used(
        self, make_target: MakeTarget, project: Project, tmp_path: Path
    ) -> None:
        own = self.prefix(tmp_path / "own", 183)
        users = {"OPENSSL_DIR": str(own), "PKG_CONFIG_PATH": f"{own}/lib/pkgconfig"}
        plan = told(make_target("linux_aarch64"), project, users)
        assert not {*plan.unset, *plan.environ} & set(users)

    def test_those_for_one_machine_alone_are_not_looked_at(
        self, make_target: MakeTarget, project: Project, native: Path
    ) -> None:
        users = {
            f"{name}_OPENSSL_DIR": str(native) for name in ("HOST", "X86_64_UNKNOWN_LINUX_GNU")
        }
        plan = told(make_target("linux_aarch64"), project, users)
        assert not plan.unset & set(users)

    def test_the_targets_take_their_place(
        self, make_target: MakeTarget, project: Project, native: Path, tmp_path: Path
    ) -> None:
        (project.root / "Cargo.toml").touch()
        own = self.prefix(tmp_path / "own", 183)
        (own / "lib/pkgconfig/openssl.pc").write_text("prefix=/usr\nName: openssl\n")
        target = replace(make_target("linux_aarch64"), libraries=(str(own),))
        assert told(target, project, {"OPENSSL_DIR": str(native)}).environ["OPENSSL_DIR"] == str(
            own
        )
        assert "OPENSSL_DIR" not in told(target, project, {"OPENSSL_DIR": "/mine"}).environ

    @posix
    def test_this_systems_own(self, make_target: MakeTarget, project: Project) -> None:
        """Debian has a directory for each processor, and others none but this machine's."""
        plan = told(make_target("win_arm64"), project, {"OPENSSL_DIR": "/usr"})
        assert "OPENSSL_DIR" in plan.unset
