"""A backend that nobody here knows.

It gets the environment of the target, the overlay, and the project's own code the view of the
target; and since hooks of such backends call setuptools, what that is told. A wheel that is not
pure gets the target's platform tag. Whether what is in it is the target's, is checked afterwards:
a backend that heeds none of this builds for the build machine, and that is refused.
"""

from __future__ import annotations

from dataclasses import replace

from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.adapters.setuptools import Setuptools
from crosshook.project import Project
from crosshook.target import Target


class Generic(Adapter):
    """Any backend."""

    name = "generic"
    knows_backend = False

    def recognises(self, project: Project) -> bool:
        return True

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        if target.toolchain is None or not target.extension_suffixes:
            # Pure Python can be built without.
            told = Plan(project_sees_target=project.settings.project_sees == "target")
        else:
            told = Setuptools().plan(target, project, machine)
        if not project.requires_package("setuptools"):
            told = replace(told, requires=())
        return replace(told, wheel_platform=target.platform.tag)
