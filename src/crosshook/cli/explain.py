"""``crosshook explain``: what a build for a target would be told, by whom."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crosshook.adapters.plan import SCRATCH, Plan
from crosshook.cli import _shown
from crosshook.cli._reporter import ConsoleReporter
from crosshook.cli._target_options import add_libraries, add_target_options, request_of
from crosshook.libraries.layout import said
from crosshook.libraries.prefix import prefixes_of
from crosshook.project import Project
from crosshook.target import Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", default=".", help="a project's directory (default: .)")
    add_target_options(parser)
    add_libraries(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what a build is told; return the exit code."""
    from crosshook.adapters import find_adapter
    from crosshook.api import target_mapping, this_machine
    from crosshook.backend import planning
    from crosshook.frontend.resolve import wanted_targets
    from crosshook.project import WRAPPER, read_project
    from crosshook.target import parse_target

    request = request_of(arguments, arguments.path)
    project = read_project(Path(arguments.path).absolute())
    default = this_machine(request).python.version
    for wanted in wanted_targets(request.targets, request.pythons, default=default):
        one = replace(request, targets=(wanted.platform.tag,), pythons=(str(wanted.python),))
        reporter = ConsoleReporter(0, arguments.traceback)
        target = parse_target(target_mapping(one, project=project, reporter=reporter))
        _section(f"{wanted.platform.tag}, {wanted.python.title}", _of_target(target))
        if project.backend.name.partition(":")[0] != WRAPPER:
            print("with --adapt, or after `crosshook wrap`; the backend alone is told nothing\n")
        adapter = find_adapter(project)
        told = planning.told(project, adapter, target, {})
        print(f"{SCRATCH} is a directory of the build\n")
        _section("every build tool is told", _of_plan(told.environment))
        name = f"the adapter {adapter.name} adds, for {project.delegate.name}"
        _section(name, _of_plan(told.adapter))
        _section("in Python, the build sees", _of_overlay(target, project, told.merged))
    return 0


def _section(title: str, lines: Iterator[str]) -> None:
    print(_shown.line(title))
    for line in lines:
        print(_shown.line(f"  {line}"))
    print()


def _of_target(target: Target) -> Iterator[str]:
    toolchain = target.toolchain
    yield f"compilers: {toolchain.name if toolchain is not None else 'none'}"
    for tool, command in (toolchain.commands if toolchain is not None else {}).items():
        yield f"  {tool}: {' '.join(command)}"
    if target.sysroot is not None:
        yield f"the platform's headers and libraries are in {target.sysroot}"
    yield f"headers of the target Python: {target.headers}"
    for kind, library in target.import_libraries.items():
        yield f"import library ({kind}): {library}"
    for prefix in prefixes_of(target):
        yield f"C libraries: {said(prefix, target.platform)}"


def _of_plan(plan: Plan) -> Iterator[str]:
    nothing = True
    for name, value in sorted(plan.environ.items()):
        yield f"{name}={value}"
        nothing = False
    for name in sorted(plan.unset):
        yield f"{name} is taken away"
        nothing = False
    for key, setting in {**plan.config_settings, **plan.replaced_settings}.items():
        yield f"config setting {key} = {json.dumps(setting)}"
        nothing = False
    for what, names in (
        ("file", tuple(plan.files)),
        ("build requirement", plan.requires),
        ("note:", plan.notes),
    ):
        for name in names:
            yield f"{what} {name}"
            nothing = False
    if plan.wheel_platform is not None:
        yield f"the wheel is tagged {plan.wheel_platform}"
        nothing = False
    if nothing:
        yield "nothing"


def _of_overlay(target: Target, project: Project, plan: Plan) -> Iterator[str]:
    suffix = next(iter(target.extension_suffixes), "")
    yield f"sysconfig.get_platform() = {target.platform.sysconfig_platform!r}"
    yield f"sysconfig.get_config_var('EXT_SUFFIX') = {suffix!r}"
    sees = "the target" if plan.project_sees_target else "this machine"
    yield f"sys.platform and the like, in the project's own modules: {sees}"
    for requirement in project.settings.target_requires:
        yield f"for the target as well: {requirement}"
