"""What is read from pyproject.toml, and how it is said that something in it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.errors import ProjectError
from crosshook.project import WRAPPER, Backend, Project, Settings, TargetTests, read_project

SYSTEM = '[build-system]\nrequires = ["setuptools>=77"]\n'
DECLARED = SYSTEM + 'build-backend = "setuptools.build_meta"\n'
WRAPPED = SYSTEM + f'build-backend = "{WRAPPER}"\n'


def read(root: Path, text: str) -> Project:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return read_project(root)


def refusal(root: Path, text: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        read(root, text)
    assert caught.value.exit_code == 2
    assert caught.value.message.startswith(str(root / "pyproject.toml"))
    return caught.value


def path_of(root: Path, text: str) -> str:
    """What stands in the refusal after the file's name."""
    return refusal(root, text).message.removeprefix(f"{root / 'pyproject.toml'}: ")


def test_declared(tmp_path: Path) -> None:
    assert read(tmp_path, DECLARED) == Project(
        root=tmp_path,
        requires=("setuptools>=77",),
        backend=Backend(name="setuptools.build_meta"),
        settings=Settings(),
    )


def test_in_tree(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "b:o.p"\nbackend-path = [".", "x/y"]\n'
    project = read(tmp_path, text)
    assert project.requires == ()
    assert project.backend == Backend(name="b:o.p", path=(".", "x/y"))
    assert project.delegate is project.backend


@pytest.mark.parametrize("text", ["", '[project]\nname = "x"\nversion = "1"\n'])
def test_without_a_build_system_table_it_is_setuptools_of_old(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, text)
    assert project.backend == Backend(name="setuptools.build_meta:__legacy__")
    assert project.requires_package("setuptools")


def test_without_a_build_backend_it_is_setuptools_of_old(tmp_path: Path) -> None:
    project = read(tmp_path, SYSTEM)
    assert project.backend == Backend(name="setuptools.build_meta:__legacy__")
    assert project.requires == ("setuptools>=77",)


def test_a_setup_py_is_enough(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    project = read_project(tmp_path)
    assert project.backend == Backend(name="setuptools.build_meta:__legacy__")


@pytest.mark.parametrize("name", ["empty", "not-there"])
def test_neither_of_both(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProjectError) as caught:
        read_project(tmp_path / name)
    assert (
        caught.value.message == f"{tmp_path / name}: neither pyproject.toml nor setup.py is there"
    )
    assert caught.value.hint is not None


@pytest.mark.parametrize("what", ["pyproject.toml is a directory", "the root is a file"])
def test_what_cannot_be_opened(tmp_path: Path, what: str) -> None:
    root = tmp_path
    if what == "the root is a file":
        root = tmp_path / "file"
        root.touch()
    else:
        (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(ProjectError):
        read_project(root)


@pytest.mark.parametrize("text", ["[build-system", "a = \n", "a = 1\na = 2\n", "\x00"])
def test_invalid_toml(tmp_path: Path, text: str) -> None:
    assert path_of(tmp_path, text).startswith("not valid TOML: ")


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(DECLARED.encode() + b"# caf\xe9\n")
    with pytest.raises(ProjectError, match=r"pyproject\.toml: not valid TOML: .*utf-8"):
        read_project(tmp_path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('build-system = "setuptools"\n', "build-system: 'setuptools' is not a table"),
        ("[[build-system]]\nrequires = []\n", "build-system: [{'requires': []}] is not a table"),
        ("[build-system]\n", "build-system.requires: missing"),
        ('[build-system]\nbuild-backend = "x"\n', "build-system.requires: missing"),
        (
            '[build-system]\nrequires = ["==="]\nbuild-backend = "x"\n',
            "build-system.requires: '===': ",
        ),
        (
            '[build-system]\nrequires = ["setuptools", "a b"]\n',
            "build-system.requires: 'a b': ",
        ),
    ],
)
def test_what_is_wrong_with_the_build_system_table(tmp_path: Path, text: str, path: str) -> None:
    assert path_of(tmp_path, text).startswith(path)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("requires", '"setuptools"', "'setuptools' is not a list of strings"),
        ("requires", "[1]", "[1] is not a list of strings"),
        ("requires", "{ a = 1 }", "{'a': 1} is not a list of strings"),
        ("build-backend", "1", "1 is not a non-empty string"),
        ("build-backend", '""', "'' is not a non-empty string"),
        ("build-backend", '["x"]', "['x'] is not a non-empty string"),
        ("backend-path", '"."', "'.' is not a list of strings"),
        ("backend-path", "[1]", "[1] is not a list of strings"),
    ],
)
def test_values_of_the_wrong_type(tmp_path: Path, key: str, value: str, expected: str) -> None:
    keys = {"requires": "[]", "build-backend": '"b"', "backend-path": '["."]', key: value}
    text = "[build-system]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
    assert path_of(tmp_path, text).removeprefix("build-system") in (
        f": {key}: {expected}",
        f".{key}: {expected}",
    )


def test_the_key_path_is_written_one_way(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = "setuptools"\n'
    assert path_of(tmp_path, text).startswith("build-system.requires: ")


@pytest.mark.parametrize("table", ["build-system", "tool.crosshook"])
@pytest.mark.parametrize(
    "item",
    [
        "..",
        "../elsewhere",
        "a/../../b",
        "/usr/lib",
    ],
)
def test_a_backend_path_that_leaves_the_project(tmp_path: Path, table: str, item: str) -> None:
    keys = f'build-backend = "b"\nbackend-path = [".", "{item}"]\n'
    text = WRAPPED + f"[{table}]\n{keys}"
    if table == "build-system":
        text = f"[{table}]\nrequires = []\n{keys}"
    expected = f"{table}.backend-path: {item!r} is outside the project"
    assert path_of(tmp_path, text) == expected


def test_a_backend_path_that_leaves_the_project_by_a_symlink(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    try:
        (root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("no symlinks here")
    text = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["link"]\n'
    assert "outside the project" in path_of(root, text)


def test_own_table(tmp_path: Path) -> None:
    text = WRAPPED + (
        '[tool.crosshook]\nbuild-backend = "b:o"\nbackend-path = ["_build"]\n'
        'adapter = "setuptools"\nproject-sees = "build"\n'
    )
    project = read(tmp_path, text)
    delegate = Backend(name="b:o", path=("_build",))
    assert project.backend == Backend(name=WRAPPER)
    assert project.settings == Settings(
        backend=delegate, adapter="setuptools", project_sees="build"
    )
    assert project.delegate == delegate


def test_what_is_compiled_against(tmp_path: Path) -> None:
    project = read(tmp_path, WRAPPED + '[tool.crosshook]\ntarget-requires = ["numpy>=2", "a"]\n')
    assert project.settings.target_requires == ("numpy>=2", "a")


@pytest.mark.parametrize(
    ("table", "name"), [("", None), ('name = "Some_Name"\n', "some-name"), ("name = 1\n", None)]
)
def test_the_name(tmp_path: Path, table: str, name: str | None) -> None:
    assert read(tmp_path, f"{DECLARED}[project]\n{table}").name == name


def test_other_tools_are_not_looked_at(tmp_path: Path) -> None:
    assert read(tmp_path, DECLARED + "[tool.other]\nadapter = 1\n").settings == Settings()


def test_an_own_table_without_the_wrapper(tmp_path: Path) -> None:
    project = read(tmp_path, DECLARED + '[tool.crosshook]\nadapter = "setuptools"\n')
    assert project.delegate == Backend(name="setuptools.build_meta")
    assert project.settings.adapter == "setuptools"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("build-backed", "did you mean build-backend?"),
        ("build_backend", "did you mean build-backend?"),
        ("backend_path", "did you mean backend-path?"),
        ("adaptor", "did you mean adapter?"),
        ("project_sees", "did you mean project-sees?"),
        (
            "zzz",
            "known: targets, pythons, build-backend, backend-path, adapter, project-sees, ",
        ),
    ],
)
def test_typos(tmp_path: Path, key: str, hint: str) -> None:
    error = refusal(tmp_path, WRAPPED + f'[tool.crosshook]\n{key} = "x"\n')
    assert error.message.endswith(f": tool.crosshook.{key}: unknown key")
    assert str(error.hint).startswith(hint)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('project-sees = "host"', ".project-sees: 'host' is neither 'target' nor 'build'"),
        ('backend-path = ["."]', ".backend-path: given without build-backend"),
        ("build-backend = 1", ".build-backend: 1 is not a non-empty string"),
        ("adapter = []", ".adapter: [] is not a non-empty string"),
        ('adapter = ""', ".adapter: '' is not a non-empty string"),
        ('target-requires = "numpy"', ".target-requires: 'numpy' is not a list of strings"),
    ],
)
def test_what_is_wrong_with_the_own_table(tmp_path: Path, lines: str, expected: str) -> None:
    message = path_of(tmp_path, WRAPPED + f"[tool.crosshook]\n{lines}\n")
    assert message == f"tool.crosshook{expected}"


def test_an_own_table_that_is_none(tmp_path: Path) -> None:
    text = WRAPPED + '[tool]\ncrosshook = "setuptools.build_meta"\n'
    assert "crosshook: 'setuptools.build_meta' is not a table" in path_of(tmp_path, text)


@pytest.mark.parametrize(
    "tool",
    [
        '"crosshook"',
        "1",
        '["a"]',
    ],
)
def test_a_tool_table_that_is_none(tmp_path: Path, tool: str) -> None:
    assert "tool: " in path_of(tmp_path, f"tool = {tool}\n{WRAPPED}")


@pytest.mark.parametrize("name", [WRAPPER, f"{WRAPPER}:anything"])
def test_the_wrapper_cannot_wrap_itself(tmp_path: Path, name: str) -> None:
    message = path_of(tmp_path, WRAPPED + f'[tool.crosshook]\nbuild-backend = "{name}"\n')
    assert message == f"tool.crosshook.build-backend: {name!r} cannot wrap itself"


@pytest.mark.parametrize("extra", ["", "[tool.crosshook]\n", '[tool.crosshook]\nadapter = "x"\n'])
def test_the_wrapper_without_a_delegate(tmp_path: Path, extra: str) -> None:
    project = read(tmp_path, WRAPPED + extra)
    with pytest.raises(ProjectError) as caught:
        _ = project.delegate
    file = tmp_path / "pyproject.toml"
    assert caught.value.message == f"{file}: tool.crosshook.build-backend: missing"
    assert "setuptools.build_meta" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("requirement", "name", "found"),
    [
        ("setuptools", "setuptools", True),
        ("Setuptools_Rust >= 1", "setuptools-rust", True),
        ("setuptools-rust[x]>=1; python_version > '3'", "setuptools.rust", True),
        ("setuptools-rust", "setuptools", False),
        ("x @ https://example.invalid/setuptools.whl", "setuptools", False),
    ],
)
def test_what_is_required(tmp_path: Path, requirement: str, name: str, found: bool) -> None:
    project = read(tmp_path, f'[build-system]\nrequires = ["{requirement}"]\n')
    assert project.requires_package(name) is found


def settings_of(root: Path, lines: str) -> TargetTests:
    return read(root, WRAPPED + f"[tool.crosshook]\n{lines}\n").settings.testing


def test_no_tests(tmp_path: Path) -> None:
    assert read(tmp_path, DECLARED).settings.testing == TargetTests()


def test_how_a_wheel_is_tested(tmp_path: Path) -> None:
    lines = (
        'test-command = "pytest {project}/tests"\ntest-requires = ["pytest>=8"]\n'
        'test-extras = ["test"]\ntest-sources = ["tests"]'
    )
    assert settings_of(tmp_path, lines) == TargetTests(
        command="pytest {project}/tests",
        requires=("pytest>=8",),
        extras=("test",),
        sources=("tests",),
    )


def test_several_test_commands(tmp_path: Path) -> None:
    assert settings_of(tmp_path, 'test-command = ["a", "b c"]').command == "a && b c"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("test-command = 1", "tool.crosshook.test-command: 1 is not a non-empty string"),
        ("test-command = [1]", "tool.crosshook.test-command: [1] is not a list of strings"),
        ("test-requires = 'pytest'", "tool.crosshook.test-requires: 'pytest' is not a list of"),
        ("test-requires = ['not a requirement!']", "tool.crosshook.test-requires: 'not a req"),
        ("like-cibuildwheel = 1", "tool.crosshook.like-cibuildwheel: 1 is not true or false"),
        ("test-extras = ''", "tool.crosshook.test-extras: '' is not a list of strings"),
    ],
)
def test_what_testing_cannot_be(tmp_path: Path, lines: str, said: str) -> None:
    assert path_of(tmp_path, WRAPPED + f"[tool.crosshook]\n{lines}\n").startswith(said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('host-requires = ["dep:generic/libxml2", "dep:generic/zlib"]', 2),
        ('build-requires = ["dep:generic/pkg-config"]', 0),
        ("host-requires = 1", 0),
        ("host-requires = [1]", 0),
    ],
)
def test_external(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[external]\n{text}\n")
    assert len(read_project(tmp_path).external) == expected
