"""The tree is the order: a package imports only from those above it, and the wrapper needs next to
nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import crosshook

PACKAGE = Path(crosshook.__file__).parent

LAYERS = (
    "errors",
    "_types",
    "_redact",
    "_files",
    "_processes",
    "_kept",
    "_plugins",
    "_uv",
    "machine",
    "project",
    "target",
    "wheel",
    "libraries",
    "pythons",
    "toolchains",
    "emulators",
    "adapters",
    "overlay",
    "report",
    "backend",
    # The frontend's side, which the wrapper does without.
    "frontend",
    "api",
    "remote",
    "cli",
    "conformance",
)
"""Modules and packages, from the top; one may import from itself and from those before it."""

APART = ("__init__", "__main__", "dump")
"""The package's version, what ``python -m crosshook`` runs, and what imports no crosshook."""

STARTS_A_COMMAND = ("__main__.py", "frontend/__main__.py")

COPIED_PACKAGE = "overlay/inside/"
"""Copied as a whole, under another name: its modules import each other by relative imports."""

COPIED = (
    "overlay/child_sitecustomize.py",
    "toolchains/launcher/libraries.py",
    "toolchains/launcher/processors.py",
    "toolchains/launcher/program.py",
    "toolchains/launcher/resources.py",
    "toolchains/launcher/translation.py",
    "adapters/rust_driver.py",
    "adapters/rustc_wrapper.py",
    "adapters/setuptools_plugin.py",
    "frontend/relay/crosshook_relay.py",
    "emulators/probe.py",
    "dump.py",
    "conformance/describe_backend.py",
    "conformance/made.py",
)
"""Run in places where crosshook may not be importable."""

PROPOSAL = (
    *("target/", "wheel/", "project.py"),
    *("frontend/algorithm.py", "frontend/hooks.py"),
)
"""What a standard would say: it knows no compiler and no backend."""

FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def layer_of(file: str) -> str:
    return file.partition("/")[0].removesuffix(".py")


def imports(file: str) -> Iterator[str]:
    """Yield the dotted names of what a module imports, anywhere but below ``__main__``."""
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'":
            todo += node.orelse
            continue
        todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 1 and file.startswith(COPIED_PACKAGE):
                continue
            assert node.level == 0, f"{file}: a relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_layers(file: str) -> set[str]:
    """The layers that a module imports from; ``crosshook`` itself has but its version and place."""
    found = set()
    for name in imports(file):
        package, _, rest = name.partition(".")
        layer = rest.partition(".")[0]
        if package == "crosshook" and layer not in ("", "__version__"):
            found.add(layer)
    return found


def test_the_walk_finds_imports() -> None:
    assert {"crosshook.errors.TargetError", "json"} - set(imports("target/mapping.py")) == {"json"}
    assert "errors" in own_layers("target/mapping.py")
    assert "frontend" in own_layers("api.py")


def test_the_list_is_whole() -> None:
    assert {layer_of(file) for file in FILES} == {*LAYERS, *APART}


def test_the_list_names_each_once() -> None:
    assert len(set(LAYERS)) == len(LAYERS)


@pytest.mark.parametrize(
    "file", [f for f in FILES if layer_of(f) in LAYERS and f not in STARTS_A_COMMAND]
)
def test_a_module_imports_only_from_above(file: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer_of(file)) + 1]
    assert own_layers(file) <= set(allowed)


@pytest.mark.parametrize("file", STARTS_A_COMMAND)
def test_what_starts_a_command(file: str) -> None:
    assert own_layers(file) == {"cli"}


def test_the_package_itself() -> None:
    assert own_layers("__init__.py") == set()


@pytest.mark.parametrize(
    "file", [*COPIED, *(file for file in FILES if file.startswith(COPIED_PACKAGE))]
)
def test_what_is_copied_imports_the_standard_library_alone(file: str) -> None:
    assert {name.partition(".")[0] for name in imports(file)} <= sys.stdlib_module_names


@pytest.mark.parametrize("file", [f for f in FILES if f.startswith(PROPOSAL)])
def test_the_proposal_knows_no_compiler(file: str) -> None:
    assert own_layers(file).isdisjoint(
        {"toolchains", "emulators", "adapters", "pythons", "overlay"}
    )


ALLOWED = {"crosshook", "packaging", "tomli"}


@pytest.mark.parametrize("module", ["crosshook.backend", "crosshook.target", "crosshook"])
def test_what_the_wrapper_imports(module: str) -> None:
    """It is imported in other people's build environments."""
    code = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        f"import {module}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    # tomli may be compiled by mypyc, which adds a module under a name of its own.
    loaded = [name for name in json.loads(done.stdout) if not name.endswith("__mypyc")]
    # traceback's own, which 3.15 does not list among the standard library's.
    loaded = [name for name in loaded if name != "_missing_stdlib_info"]
    names = {name.partition(".")[0] for name in loaded}
    assert names - sys.stdlib_module_names - {"__future__"} <= ALLOWED


def test_importing_the_wrapper_imports_no_frontend() -> None:
    code = "import json, sys, crosshook.backend; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.split(".")[1] for name in json.loads(done.stdout) if "crosshook." in name}
    assert loaded <= set(LAYERS[: LAYERS.index("backend") + 1])


EFFECTS = (
    "_files.py",
    "_processes.py",
    "backend/applied.py",
    "report.py",
    "conformance/",
    "frontend/adapter_plugins.py",
    "frontend/algorithm.py",
    "frontend/cells.py",
    "frontend/jobs.py",
    "frontend/logs.py",
    "frontend/cxx_library.py",
    "frontend/environments.py",
    "frontend/own_requirements.py",
    "frontend/pip_for_target/",
    "frontend/resolve/_prefixes.py",
    "frontend/resolve/_python.py",
    "frontend/running.py",
    "frontend/source_date.py",
    "frontend/sources/",
    "frontend/target_environment.py",
    "frontend/target_packages.py",
    "frontend/working_copy.py",
    "frontend/workplace.py",
    "libraries/apt.py",
    "libraries/conda.py",
    "libraries/debian.py",
    "pythons/debian.py",
    "pythons/fetching/",
    "pythons/realise.py",
    "remote.py",
    "toolchains/compiles_for.py",
    "toolchains/made.py",
    "frontend/repair.py",
    "wheel/adding.py",
    "wheel/retag.py",
    COPIED_PACKAGE,
    *COPIED,
)
"""What may write, start processes or change the environment; everything else reads at most."""

_WRITING_METHODS = {
    *("chmod", "hardlink_to", "mkdir", "rename", "rmdir", "symlink_to", "touch", "unlink"),
    *("write_bytes", "write_text", "writestr"),
}
_WRITING_FUNCTIONS = {
    "os.environ": {"clear", "pop", "setdefault", "update"},
    "os": {"chmod", "environ", "link", "makedirs", "mkdir", "remove", "rename", "replace"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree", "unpack_archive"},
    "subprocess": {"Popen", "call", "check_call", "check_output", "run"},
    "tempfile": {"NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile", "mkdtemp", "mkstemp"},
}


def effects(code: str) -> Iterator[str]:
    """Yield the calls in some code that write, or start processes, as they are spelled."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        called, spelled = node.func, ast.unparse(node.func)
        modes = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")]
        if isinstance(called, ast.Attribute) and called.attr == "open":
            modes = [*node.args[:1], *modes]
        elif spelled != "open":
            modes = []
        if any(isinstance(m, ast.Constant) and set("wax+") & set(str(m.value)) for m in modes):
            yield spelled
        if isinstance(called, ast.Attribute):
            owner = ast.unparse(called.value)
            if (
                called.attr in _WRITING_FUNCTIONS.get(owner, ())
                or (called.attr in _WRITING_METHODS and owner not in _WRITING_FUNCTIONS)
                or (
                    owner == "os.environ"
                    and called.attr in ("clear", "pop", "setdefault", "update")
                )
            ):
                yield spelled


@pytest.mark.parametrize(
    "code",
    [
        "Path('a').write_text('b')",
        "open('a', 'w')",
        "open('a', mode='ab')",
        "file.open('x')",
        "os.replace('a', 'b')",
        "subprocess.run(['a'])",
        "tempfile.mkdtemp()",
        "os.environ.update(a='b')",
    ],
)
def test_the_walk_finds_effects(code: str) -> None:
    assert list(effects(code))


@pytest.mark.parametrize(
    "code", ["open('a')", "open('a', 'rb')", "file.open()", "'a'.replace(b, c)"]
)
def test_the_walk_finds_no_more(code: str) -> None:
    assert not list(effects(code))


@pytest.mark.parametrize("file", [f for f in FILES if not f.startswith(EFFECTS)])
def test_effects_are_where_they_are_said_to_be(file: str) -> None:
    assert list(effects((PACKAGE / file).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("place", EFFECTS)
def test_what_is_said_to_have_effects_is_there(place: str) -> None:
    assert any(file.startswith(place) for file in FILES)
