"""Whether a project supports a Python, as far as its pyproject.toml says: before it is built."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier

from crosshook.errors import UnsupportedTarget
from crosshook.project import Project
from crosshook.target.python_version import PythonVersion


def check_python(project: Project, python: PythonVersion) -> None:
    """Check before the build what is checked of the wheel after it.

    :raises UnsupportedTarget: if the project says that it does not support a Python.
    """
    requires = project.requires_python
    try:
        fits = requires is None or python.satisfies(requires)
    except InvalidSpecifier:
        # Whether it is in order is for the backend to say.
        return
    if not fits:
        raise UnsupportedTarget(
            f"{project.name or project.root}: requires-python is {requires!r}, and the target "
            f"is {python.title}",
            hint="name another: --python VERSION",
        )
