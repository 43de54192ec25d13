"""What an adapter is: the part of crosshook that knows one backend."""

from __future__ import annotations

import abc
from collections.abc import Iterable

from crosshook._types import Command
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.project import Project
from crosshook.target import Target


class Adapter(abc.ABC):
    """Knows how one delegate is told about a target.

    ``name``, :meth:`recognises` and :meth:`plan` are what each has to have. All are without side
    effects: what an adapter wants to know of the build machine, it names in :meth:`probes`.
    """

    name: str
    """What ``[tool.crosshook] adapter`` calls it."""
    knows_backend: bool = True
    """Whether it is made for the delegate."""
    needs_copy: bool = True
    """Whether each build gets a copy of the source tree: it may leave something in the tree, or
    write the tree's path into the wheel."""

    @abc.abstractmethod
    def recognises(self, project: Project) -> bool:
        """Tell whether it speaks for the project's delegate."""

    @abc.abstractmethod
    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what has to be true around the delegate's hook.

        :raises UnsupportedTarget: if the delegate cannot build for the target.
        """

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        """Return the commands whose outcomes :meth:`plan` finds in ``machine.answers``."""
        return ()

    def explain(self, project: Project, plan: Plan) -> Iterable[str]:
        """Return what the user should know after a build that failed, a sentence each.

        :param plan: The plan of that build, its scratch directory in place and still there.
        """
        return ()

    def explain_pure(self, project: Project, plan: Plan) -> Iterable[str]:
        """Return why a wheel without compiled code may be less than the project can be.

        :param plan: The plan of the build that made it, its scratch directory still there.
        """
        return ()
