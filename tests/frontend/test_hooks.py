"""The hook caller over backends that misbehave, each in a real process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook import _processes
from crosshook._types import ConfigSettings
from crosshook.errors import BackendError, UnsupportedTarget
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.project import Backend
from tests.conftest import FIXTURES, Log

WHEEL = "demo-1.0-py3-none-any.whl"
HOSTILE = FIXTURES / "hostile"
TARGET = {"schema_version": "1.0", "platform_tag": "win_arm64", "python": {"a": [1, None, "é"]}}

ALL_HOOKS = {
    "build_wheel",
    "get_requires_for_build_wheel",
    "cross_build_wheel",
    "get_requires_for_cross_build_wheel",
}

MakeCaller = Callable[..., HookCaller]


def environment(*python_path: str) -> dict[str, str]:
    own = os.pathsep.join([RELAY_DIRECTORY, *python_path])
    return {**os.environ, "PYTHONPATH": own, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The wheel directory, with room around it."""
    made = tmp_path / "room" / "wheel"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def make_caller(log: Path) -> MakeCaller:
    def make(name: str, *python_path: str, path: tuple[str, ...] = ("_build",)) -> HookCaller:
        return HookCaller(
            root=HOSTILE,
            backend=Backend(name=name, path=path),
            python=sys.executable,
            runner=_processes.hook_runner(environment(*python_path), output=Log(log)),
        )

    return make


def build(caller: HookCaller, directory: Path, settings: ConfigSettings | None = None) -> Path:
    return caller.build_wheel(directory, settings)


def cross_build(
    caller: HookCaller, directory: Path, settings: ConfigSettings | None = None
) -> Path:
    return caller.cross_build_wheel(directory, TARGET, settings)


Hook = Callable[[HookCaller, Path], Path]

BOTH = pytest.mark.parametrize(
    ("hook", "name"), [(build, "build_wheel"), (cross_build, "cross_build_wheel")]
)


def failure(hook: Hook, caller: HookCaller, directory: Path) -> BackendError:
    with pytest.raises(BackendError) as caught:
        hook(caller, directory)
    assert type(caught.value) is BackendError
    assert caught.value.exit_code == 1
    return caught.value


@BOTH
def test_a_good_one(make_caller: MakeCaller, directory: Path, hook: Hook, name: str) -> None:
    caller = make_caller("hostile:good")
    assert hook(caller, directory) == directory / WHEEL
    assert caller.available() == ALL_HOOKS


@pytest.mark.parametrize(
    ("backend", "hooks"),
    [
        ("hostile:pure_only", {"build_wheel"}),
        ("hostile:no_hooks", set()),
        ("hostile:not_callable", set()),
        ("hostile:nested.inner.backend", ALL_HOOKS),
        ("hostile", set()),
    ],
)
def test_what_is_available(make_caller: MakeCaller, backend: str, hooks: set[str]) -> None:
    assert make_caller(backend).available() == hooks


@BOTH
@pytest.mark.parametrize("backend", ["prints", "closes", "warns", "moves"])
def test_what_does_no_harm(
    make_caller: MakeCaller, directory: Path, backend: str, hook: Hook, name: str
) -> None:
    assert hook(make_caller(f"hostile:{backend}"), directory) == directory / WHEEL


def test_what_a_backend_prints_is_in_the_log(
    make_caller: MakeCaller, directory: Path, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build(make_caller("hostile:prints"), directory)
    printed = log.read_bytes()
    for text in (b"junk on stdout", b"junk on stderr", b"\xff\xfe junk past sys.stdout"):
        assert text in printed
    assert capfd.readouterr() == ("", "")


def test_what_a_backend_prints_may_go_to_stderr(
    make_caller: MakeCaller, directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = _processes.hook_runner(environment(), output=sys.stderr.buffer)
    build(replace(make_caller("hostile:prints"), runner=runner), directory)
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "junk on stdout" in printed.err
    assert "junk on stderr" in printed.err


@BOTH
@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("raises", "ValueError: no wheel today"),
        ("raises_with_hint", "Hint: no wheel today"),
        ("exits", "it called sys.exit(3)"),
        ("exits_with_text", "it called sys.exit(out of luck)"),
        ("exits_well", "it called sys.exit(None)"),
        ("vanishes", "its process ended with exit code 3"),
        ("reads", "EOFError: "),
        ("no_hooks", "AttributeError: "),
        ("refuses_by_another", "UnsupportedTarget: not that one"),
        ("refuses_oddly", "UnsupportedTarget: not that one"),
    ],
)
def test_one_that_fails(
    make_caller: MakeCaller, directory: Path, backend: str, said: str, hook: Hook, name: str
) -> None:
    error = failure(hook, make_caller(f"hostile:{backend}"), directory)
    assert error.message.startswith(f"hostile:{backend}: {name}: {said}")


@pytest.mark.parametrize(
    "backend",
    [
        "raises_unprintable",
        "raises_keyboard_interrupt",
        "raises_with_an_odd_hint",
        "vanishes_well",
    ],
)
def test_one_that_dies(make_caller: MakeCaller, directory: Path, backend: str) -> None:
    error = failure(build, make_caller(f"hostile:{backend}"), directory)
    assert error.message.startswith(f"hostile:{backend}: build_wheel: ")


def test_a_hint_is_text(make_caller: MakeCaller, directory: Path) -> None:
    error = failure(build, make_caller("hostile:raises_with_hint"), directory)
    assert error.hint == "try another one"
    assert error.detail is None


def test_a_hint_that_is_none(make_caller: MakeCaller, directory: Path) -> None:
    error = failure(build, make_caller("hostile:raises_with_a_number_as_hint"), directory)
    assert error.hint is None or isinstance(error.hint, str)


def test_the_backends_traceback_is_kept(make_caller: MakeCaller, directory: Path) -> None:
    error = failure(build, make_caller("hostile:raises"), directory)
    assert error.detail is not None
    assert "hostile.py" in error.detail
    assert error.detail.rstrip().endswith("ValueError: no wheel today")


@BOTH
def test_its_own_unsupported_target(
    make_caller: MakeCaller, directory: Path, hook: Hook, name: str
) -> None:
    with pytest.raises(UnsupportedTarget) as caught:
        hook(make_caller("hostile:refuses"), directory)
    assert caught.value.message == f"hostile:refuses: {name}: not that one"


@BOTH
@pytest.mark.parametrize(
    ("backend", "shown", "why"),
    [
        ("outside", f"'../{WHEEL}'", "a path and not the name of a file in {}"),
        ("deeper", f"'deeper/{WHEEL}'", "a path and not the name of a file in {}"),
        ("backslash", repr(f"..\\{WHEEL}"), "a path and not the name of a file in {}"),
        ("not_there", f"'{WHEEL}'", "and there is no such file in {}"),
        ("is_a_directory", f"'{WHEEL}'", "and there is no such file in {}"),
        ("no_wheel", "'demo-1.0.tar.gz'", "not the name of a wheel"),
        ("nothing", "''", "not the name of a wheel"),
        ("none", "None", "not the name of a wheel"),
        ("number", "5", "not the name of a wheel"),
        ("strings", "['a>=1', 'b']", "not the name of a wheel"),
        ("mapping", "{'a': 1}", "not the name of a wheel"),
    ],
)
def test_what_is_not_the_name_of_a_wheel(
    make_caller: MakeCaller,
    directory: Path,
    backend: str,
    shown: str,
    why: str,
    hook: Hook,
    name: str,
) -> None:
    error = failure(hook, make_caller(f"hostile:{backend}"), directory)
    said = why.format(directory)
    assert error.message == f"hostile:{backend}: {name} returned {shown}, {said}"


def test_an_absolute_path(make_caller: MakeCaller, directory: Path) -> None:
    error = failure(build, make_caller("hostile:absolute"), directory)
    assert error.message.endswith(f", a path and not the name of a file in {directory}")


@BOTH
@pytest.mark.parametrize(
    ("backend", "shown"), [("path", "Path("), ("bytes_", "b'"), ("generator", "<generator")]
)
def test_what_is_not_json(
    make_caller: MakeCaller, directory: Path, backend: str, shown: str, hook: Hook, name: str
) -> None:
    error = failure(hook, make_caller(f"hostile:{backend}"), directory)
    assert f"{name} returned " in error.message
    assert shown in error.message
    assert error.message.endswith(", not the name of a wheel")


@pytest.mark.parametrize(
    "item",
    [
        "--index-url=https://evil.example/",
        "-e .",
        "./here",
        "a\n--index-url https://evil.example/",
        "a\r",
        "a ; nonsense",
        "",
        "a" * 5000 + "!",
        f"a>={'9' * 5000}",
    ],
)
def test_what_is_no_requirement(tmp_path: Path, log: Path, item: str) -> None:
    (tmp_path / "asks.py").write_text(
        f"def get_requires_for_build_wheel(settings=None):\n    return ['good', {item!r}]\n"
    )
    caller = HookCaller(
        root=tmp_path,
        backend=Backend(name="asks", path=(".",)),
        python=sys.executable,
        runner=_processes.hook_runner(environment(), output=Log(log)),
    )
    if item.startswith("a>="):
        # Whether there is such a version is for the installer to say.
        assert caller.get_requires_for_build_wheel(None) == ["good", item]
        return
    with pytest.raises(BackendError, match="not a requirement") as caught:
        caller.get_requires_for_build_wheel(None)
    assert len(caught.value.message) < 700
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["x" * 5000 + ".whl", "a\n.whl", "a\0.whl", "\x1b[2J.whl", "\ud800.whl"]
)
def test_a_name_that_no_file_has(tmp_path: Path, directory: Path, log: Path, name: str) -> None:
    (tmp_path / "names.py").write_text(f"def build_wheel(*arguments):\n    return {name!r}\n")
    caller = HookCaller(
        root=tmp_path,
        backend=Backend(name="names", path=(".",)),
        python=sys.executable,
        runner=_processes.hook_runner(environment(), output=Log(log)),
    )
    error = failure(build, caller, directory)
    assert len(error.message) < 700 + len(str(directory))


REQUIRES = pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda caller: caller.get_requires_for_build_wheel(None), "get_requires_for_build_wheel"),
        (
            lambda caller: caller.get_requires_for_cross_build_wheel(TARGET, None),
            "get_requires_for_cross_build_wheel",
        ),
    ],
)


@REQUIRES
def test_requirements(
    make_caller: MakeCaller, ask: Callable[[HookCaller], list[str]], name: str
) -> None:
    assert ask(make_caller("hostile:strings")) == ["a>=1", "b"]


@REQUIRES
@pytest.mark.parametrize(
    "backend", ["none", "number", "nothing", "numbers", "mapping", "path", "generator"]
)
def test_what_are_no_requirements(
    make_caller: MakeCaller, ask: Callable[[HookCaller], list[str]], name: str, backend: str
) -> None:
    with pytest.raises(BackendError, match=f"^hostile:{backend}: {name} returned .*, not strings$"):
        ask(make_caller(f"hostile:{backend}"))


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("broken_import", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("exits_on_import", "SystemExit: not today"),
        ("not_a_module", "ModuleNotFoundError: No module named 'not_a_module'"),
        ("hostile:missing", "AttributeError: module 'hostile' has no attribute 'missing'"),
        ("hostile:nested.missing.backend", "AttributeError: "),
    ],
)
@pytest.mark.parametrize("hook", ["import", "build_wheel", "cross_build_wheel"])
def test_one_that_cannot_be_imported(
    make_caller: MakeCaller, directory: Path, backend: str, said: str, hook: str
) -> None:
    caller = make_caller(backend)
    calls: dict[str, Callable[[], object]] = {
        "import": caller.available,
        "build_wheel": lambda: build(caller, directory),
        "cross_build_wheel": lambda: cross_build(caller, directory),
    }
    with pytest.raises(BackendError) as caught:
        calls[hook]()
    assert caught.value.message.startswith(f"{backend}: {hook}: {said}")
    assert "build-system.requires" in (caught.value.hint or "")
    assert "Traceback" in (caught.value.detail or "")


BUILDS = "def build_wheel(*arguments): ...\n"
CROSS_BUILDS = "def cross_build_wheel(*arguments): ...\n"
REQUIRES_PLAIN = "def get_requires_for_build_wheel(settings): return ['plain', *settings]\n"
REQUIRES_CROSS = (
    "def get_requires_for_cross_build_wheel(target, settings):\n"
    "    return [target['platform_tag'], *settings]\n"
)


@pytest.fixture
def make_offering(tmp_path: Path, log: Path) -> Callable[[str], HookCaller]:
    def make(code: str) -> HookCaller:
        (tmp_path / "offers.py").write_text(code)
        return HookCaller(
            root=tmp_path,
            backend=Backend(name="offers", path=(".",)),
            python=sys.executable,
            runner=_processes.hook_runner(environment(), output=Log(log)),
        )

    return make


@pytest.mark.parametrize(
    ("code", "requires"),
    [
        (BUILDS + REQUIRES_PLAIN + CROSS_BUILDS + REQUIRES_CROSS, ("win_arm64", "a")),
        # What build_wheel requires is not asked for in the other's place.
        (BUILDS + REQUIRES_PLAIN + CROSS_BUILDS, ()),
        (BUILDS + REQUIRES_PLAIN + REQUIRES_CROSS, ("plain", "a")),
        (BUILDS, ()),
        ("", ()),
    ],
)
def test_what_is_offered(
    make_offering: Callable[[str], HookCaller], code: str, requires: tuple[str, ...]
) -> None:
    caller = make_offering(code)
    offered = caller.offered(TARGET, {"a": "1"})
    assert offered.requires == requires
    assert offered.hooks == caller.available()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('not today')", "get_requires_for_build_wheel: ValueError: not today"),
        ("return 5", "get_requires_for_build_wheel returned 5, not strings"),
        ("import os; os._exit(3)", "what it requires: its process ended with exit code 3"),
    ],
)
def test_an_offer_that_fails(
    make_offering: Callable[[str], HookCaller], body: str, said: str
) -> None:
    caller = make_offering(f"{BUILDS}def get_requires_for_build_wheel(settings): {body}\n")
    with pytest.raises(BackendError) as caught:
        caller.offered(TARGET, None)
    assert caught.value.message == f"offers: {said}"


def test_an_offer_of_what_cannot_be_imported(
    make_offering: Callable[[str], HookCaller],
) -> None:
    with pytest.raises(BackendError, match=r"^offers: import: NameError: "):
        make_offering("nothing").offered(TARGET, None)


def test_one_that_fails_when_it_is_asked_for_a_hook(make_caller: MakeCaller) -> None:
    with pytest.raises(BackendError, match="no build_wheel today"):
        make_caller("hostile:lazy").available()


@pytest.mark.parametrize("settings", [None, {}, {"a": "1", "b": ["2", "3"], "--c": ""}])
def test_what_reaches_the_hooks(
    directory: Path, tmp_path: Path, log: Path, settings: dict[str, Any] | None
) -> None:
    (tmp_path / "echo.py").write_text(
        "import json, pathlib\n"
        "def write(directory, *arguments):\n"
        "    path = pathlib.Path(directory, 'echo.whl')\n"
        "    path.write_text(json.dumps([directory, *arguments]))\n"
        "    return path.name\n"
        "build_wheel = cross_build_wheel = write\n"
    )
    caller = HookCaller(
        root=tmp_path,
        backend=Backend(name="echo", path=(".",)),
        python=sys.executable,
        runner=_processes.hook_runner(environment(), output=Log(log)),
    )
    wheel = build(caller, directory, settings)
    assert json.loads(wheel.read_text()) == [str(directory), settings, None]
    wheel = cross_build(caller, directory, settings)
    assert json.loads(wheel.read_text()) == [str(directory), TARGET, settings, None]


def described(caller: HookCaller, directory: Path) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(build(caller, directory).read_text())
    return seen


def test_the_relay_is_not_seen_by_the_backend(make_caller: MakeCaller, directory: Path) -> None:
    seen = described(make_caller("hostile:describes"), directory)
    assert seen["PYTHONPATH"] is None
    assert RELAY_DIRECTORY not in seen["sys.path"]
    assert Path(seen["cwd"]).samefile(HOSTILE)


def test_the_users_python_path_is_kept(
    make_caller: MakeCaller, directory: Path, tmp_path: Path
) -> None:
    own = [str(tmp_path / "one"), str(tmp_path / "two")]
    seen = described(make_caller("hostile:describes", *own), directory)
    assert seen["PYTHONPATH"] == os.pathsep.join(own)
    assert [entry for entry in seen["sys.path"] if entry in own] == own
    assert RELAY_DIRECTORY not in seen["sys.path"]


def test_the_backend_path_comes_first(make_caller: MakeCaller, directory: Path) -> None:
    wrong = str(HOSTILE / "elsewhere")
    caller = make_caller("hostile:describes", wrong, path=("_build", "elsewhere"))
    seen = described(caller, directory)
    assert Path(seen["file"]).samefile(HOSTILE / "_build" / "hostile.py")
    assert [Path(p).name for p in seen["sys.path"][:2]] == ["_build", "elsewhere"]
    with pytest.raises(BackendError, match="the wrong one"):
        make_caller("hostile:describes", path=("elsewhere", "_build")).available()


def test_without_a_backend_path_the_project_is_not_on_the_path(
    make_caller: MakeCaller, directory: Path
) -> None:
    on_path = str(HOSTILE / "_build")
    seen = described(make_caller("hostile:describes", on_path, path=()), directory)
    assert not any(p == "" or Path(p) in (HOSTILE, Path()) for p in seen["sys.path"])


def test_a_backend_path_without_the_backend(make_caller: MakeCaller, directory: Path) -> None:
    caller = make_caller("hostile:good", str(HOSTILE / "_build"), path=("somewhere",))
    assert "backend-path" in failure(build, caller, directory).message


def test_a_python_that_is_not_there(
    make_caller: MakeCaller, directory: Path, tmp_path: Path
) -> None:
    caller = replace(make_caller("hostile:good"), python=str(tmp_path / "no-python"))
    failure(build, caller, directory)


def test_a_second_call_is_another_process(make_caller: MakeCaller, directory: Path) -> None:
    caller = make_caller("hostile:vanishes")
    failure(build, caller, directory)
    failure(cross_build, caller, directory)
    assert caller.available() == ALL_HOOKS
