"""Find the messages of crosshook's errors in its source: those that have a hint.

A message is what a call gives as its first argument where it gives ``hint=`` as well. Both are
mostly f-strings: what differs from case to case is shown as ``<words>``. A hint that is handed on
from another error is that error's, and not counted twice.

What is printed in one piece, ``error: ...`` and ``hint: ...`` on two lines, is one as well.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_UNNAMED = "<...>"
_PRINTED = re.compile(r"error: (.+)\nhint: (.+)")
"""Where the packages are missing that errors are printed with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    text: str
    hints: tuple[str, ...]
    """One, or more where the hint depends on what was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Messages about one thing."""

    title: str
    text: str
    paths: tuple[str, ...]
    """Where in the package they are raised: files, or directories with a slash at the end."""


SECTIONS = (
    Section(
        title="What was asked for",
        text="An option or its value cannot be understood; nothing was built.",
        paths=("api.py", "cli/", "frontend/request.py", "frontend/resolve/wanted.py", "target/"),
    ),
    Section(
        title="The source",
        text="The project, sdist or requirement that was named cannot be found, fetched or "
        "unpacked. Requirements are looked up with pip's settings: `pip config list` shows them.",
        paths=("frontend/sources/",),
    ),
    Section(
        title="pyproject.toml",
        text="The [`[tool.crosshook]` table](pyproject.md) is described on a page of its own.",
        paths=("project.py", "adapters/__init__.py", "frontend/wrapping.py"),
    ),
    Section(
        title="Compilers",
        text="See [environment variables](environment.md#compilers) for those that choose one.",
        paths=("toolchains/", "frontend/resolve/_toolchain.py", "adapters/_needed.py"),
    ),
    Section(
        title="C libraries",
        text="What `--libraries` names, and what is packed into wheels; "
        "[C libraries](../how-to/libraries.md#c-libraries) is the page for these.",
        paths=("libraries/", "frontend/resolve/_libraries.py", "frontend/repair.py"),
    ),
    Section(
        title="The target Python",
        text="Its headers, import libraries and sysconfig data; "
        "[target Pythons](target-pythons.md) says where they come from.",
        paths=("pythons/", "frontend/resolve/"),
    ),
    Section(
        title="The build environment and the backend",
        text="Above these stands what the installer, the backend or the compiler printed.",
        paths=(
            "adapters/",
            "backend/",
            "frontend/environments.py",
            "frontend/causes.py",
            "frontend/known_causes.py",
            "frontend/requires_python.py",
            "frontend/cibuildwheel.py",
            "frontend/hooks.py",
            "frontend/target_packages.py",
            "frontend/pip_for_target/",
        ),
    ),
    Section(
        title="The wheel that was built",
        text="It is not delivered. Above the message stands what is wrong with it, a line for each "
        "reason; [what is checked](../explanation/checks.md) explains them.",
        paths=("frontend/algorithm.py", "frontend/examine.py", "wheel/"),
    ),
    Section(
        title="Running the wheel's tests",
        text="[Testing wheels on their target](../how-to/test-the-wheel.md) is the page for these.",
        paths=(
            "emulators/",
            "frontend/running.py",
            "frontend/wheel_tests.py",
            "frontend/resolve/_runnable.py",
        ),
    ),
    Section(
        title="Other distributions' parts",
        text="What [another distribution adds](../how-to/plugins.md) cannot be used.",
        paths=("_plugins.py", "frontend/adapter_plugins.py"),
    ),
    Section(title="Others", text="What belongs to none of the above.", paths=("",)),
)


def messages_by_section(source: Path) -> Iterator[tuple[Section, tuple[Message, ...]]]:
    """Yield the sections that have messages, each message once, in the order of the source.

    :param source: The directory of the package.
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    for file in sorted(source.rglob("*.py")):
        name = file.relative_to(source).as_posix()
        messages = found.setdefault(_section(name).title, {})
        for text, hint in messages_in(file.read_text(encoding="utf-8")):
            messages.setdefault(text, {})[hint] = None
    for section in SECTIONS:
        messages = found.get(section.title, {})
        if messages:
            yield section, tuple(Message(text=t, hints=tuple(h)) for t, h in messages.items())


def messages_in(code: str) -> Iterator[tuple[str, str]]:
    """Yield each message of a module and a hint that it is raised with."""
    module = ast.parse(code)
    functions = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef)]
    inner = {call: function for function in functions for call in _calls(function)}
    classes = _hints_of_classes(module)
    for call in _calls(module):
        names = _assigned((inner[call], module) if call in inner else (module,))
        hints = _hints(call, names)
        if isinstance(call.func, ast.Name):
            hints += classes.get(call.func.id, [])
        for text in _texts(call.args[0], names) if hints and call.args else ():
            # A call that hands on what it was given says nothing itself.
            yield from ((text, hint) for hint in hints if _UNNAMED not in (text, hint))
    for node in ast.walk(module):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            for text in _texts(node, {}):
                if printed := _PRINTED.fullmatch(text):
                    yield printed[1], printed[2]


def _hints(call: ast.Call, names: Mapping[str, list[ast.expr]]) -> list[str]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
    return [hint for value in given for hint in _texts(value, names)]


def _hints_of_classes(module: ast.Module) -> Mapping[str, list[str]]:
    """Return the hints that classes of errors give themselves, by the name of the class."""
    found: dict[str, list[str]] = {}
    for made in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
        for call in _calls(made):
            if ast.unparse(call.func) == "super().__init__":
                found.setdefault(made.name, []).extend(_hints(call, _assigned([made])))
    return found


def _section(name: str) -> Section:
    """Return the section with the longest path that a file is below."""

    def fit(section: Section) -> int:
        return max((len(p) for p in section.paths if name.startswith(p)), default=-1)

    return max(SECTIONS, key=fit)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _assigned(scopes: Iterable[ast.AST]) -> Mapping[str, list[ast.expr]]:
    """Return what is assigned to names in a function, and at the top of its module."""
    names: dict[str, list[ast.expr]] = {}
    for scope in scopes:
        nodes = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
        here: dict[str, list[ast.expr]] = {}
        for node in nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    here.setdefault(name, []).append(value)
                case ast.Assign(targets=[ast.Tuple(elts=to)], value=ast.Tuple(elts=values)):
                    for one, value in zip(to, values, strict=False):
                        if isinstance(one, ast.Name):
                            here.setdefault(one.id, []).append(value)
        names = {**here, **names}
    return names


def _texts(node: ast.expr, names: Mapping[str, list[ast.expr]]) -> list[str]:
    """Return the texts that an expression may stand for; none for ``None``."""
    match node:
        case ast.Constant(value=None):
            return []
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return _joined([_texts(part, names) for part in parts])
        case ast.FormattedValue(value=ast.Constant() as value):
            return _texts(value, names)
        case ast.FormattedValue(value=ast.Name(id=name)) if _is_text(names.get(name, ())):
            return _texts(names[name][0], names)
        case ast.FormattedValue(value=value):
            return [_placeholder(value)]
        case ast.BinOp(left=left, right=right):
            return _joined([_texts(left, names), _texts(right, names)])
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, names), *_texts(orelse, names)]
        case ast.Name(id=name) if name in names:
            return [text for value in names[name] for text in _texts(value, names)]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return [text.replace("{}", _UNNAMED)]
    return [_UNNAMED]


def _is_text(values: Iterable[ast.expr]) -> bool:
    return [type(v.value) for v in values if isinstance(v, ast.Constant)] == [str]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(choice) for choice in itertools.product(*parts)]


def _placeholder(node: ast.expr) -> str:
    """Return what an expression is called, ``<such as this>``."""
    match node:
        case ast.Name(id="self"):
            return _UNNAMED
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return f"<{name.strip('_').lower().replace('_', ' ')}>"
        case ast.Subscript(value=value) | ast.NamedExpr(target=value):
            return _placeholder(value)
        case ast.Call(args=[first, *_]):
            return _placeholder(first)
        case ast.GeneratorExp(generators=[first, *_]):
            return _placeholder(first.iter)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(name))):
            return f"{_placeholder(left)}/{name}"
        case ast.BinOp(left=left):
            return _placeholder(left)
    return _UNNAMED
