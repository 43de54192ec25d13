"""Which wheels are accepted: pure ones, and those that are for the target.

A check answers with problems, a line each, which name the tag or the file and what is wrong with
it. What a wheel may rely on is a :class:`~crosshook.target.promise.Promise`.
"""

from __future__ import annotations

from pathlib import Path

from packaging.specifiers import InvalidSpecifier

from crosshook.errors import RefusedWheel
from crosshook.target.promise import Promise
from crosshook.wheel.checks import code, libraries, modules, symbols, tags
from crosshook.wheel.checks.subject import Subject
from crosshook.wheel.linking import link, loaded_image
from crosshook.wheel.objects import ObjectFile
from crosshook.wheel.reading import Wheel, read_wheel

__all__ = [
    "accept_for_target",
    "accept_pure",
    "check_requires_python",
    "holds_other_machines",
    "purity_problems",
    "target_problems",
    "target_remarks",
]


def accept_pure(path: Path) -> Wheel:
    """Return a wheel that is pure.

    :raises RefusedWheel: if it is not, or is malformed.
    """
    wheel = read_wheel(path)
    problems = purity_problems(wheel)
    if problems:
        raise RefusedWheel(f"{path.name}: not a pure wheel", problems=problems)
    return wheel


def accept_for_target(path: Path, promise: Promise) -> Wheel:
    """Return a wheel that is for a target, or pure.

    :raises RefusedWheel: if it is not, or is malformed.
    """
    wheel = read_wheel(path)
    if all(tag.platform == "any" for tag in wheel.tags):
        problems = purity_problems(wheel)
    else:
        problems = target_problems(wheel, promise)
    if problems:
        raise RefusedWheel(f"{path.name}: not for {promise.platform.tag}", problems=problems)
    return wheel


def check_requires_python(wheel: Wheel, promise: Promise) -> None:
    """Check the wheel's tags and its ``Requires-Python`` against the target Python.

    Which bug-fix release will load the wheel is not known: one that fits is enough.

    :raises RefusedWheel: if no release of the target's minor version fits.
    """
    python = promise.python.dotted
    if problems := tuple(tags.tag_problems(wheel, promise)):
        raise RefusedWheel(f"{wheel.path.name}: not for Python {python}", problems=problems)
    if wheel.requires_python is None:
        return
    try:
        fits = promise.python.satisfies(wheel.requires_python)
    except InvalidSpecifier as error:
        raise RefusedWheel(
            f"{wheel.path.name}: not a well-formed wheel",
            problems=(f"METADATA: Requires-Python: {error}",),
        ) from None
    if not fits:
        raise RefusedWheel(
            f"{wheel.path.name}: not for Python {python}",
            problems=(f"METADATA: Requires-Python is {wheel.requires_python!r}",),
        )


def purity_problems(wheel: Wheel) -> tuple[str, ...]:
    """Return why a wheel is not pure: its tags, ``Root-Is-Purelib``, the object files in it."""
    impure = [str(t) for t in wheel.tags if (t.abi, t.platform) != ("none", "any")]
    problems = [f"tag {tag}: not *-none-any" for tag in sorted(impure)]
    if not wheel.root_is_purelib:
        problems.append("WHEEL: Root-Is-Purelib is not true")
    problems += [f"{found.name}: {found.description}" for found in wheel.objects]
    return tuple(problems)


def target_problems(wheel: Wheel, promise: Promise) -> tuple[str, ...]:
    """Return why a wheel is not for a target, a line for each reason."""
    problems = [*tags.tag_problems(wheel, promise), *tags.other_platform_problems(wheel, promise)]
    problems += code.missing_code_problems(wheel, promise)
    subject = Subject(
        wheel=wheel, promise=promise.for_wheel(wheel.tags), links=link(wheel, promise)
    )
    for found in wheel.objects:
        if found.damage is not None:
            problems.append(f"{found.name}: damaged {found.description}: {found.damage}")
            continue
        fits = code.machine_problems(found, promise)
        if _has_to_fit(found):
            problems += fits
        problems += code.kind_problems(found)
        problems += modules.module_problems(found, subject)
        image = loaded_image(found, promise)
        if image is not None and not fits:
            problems += code.image_problems(found, image, subject)
            problems += libraries.library_problems(found, image, subject)
            problems += symbols.symbol_problems(found, image, subject)
    problems += modules.file_name_problems(wheel, promise)
    return tuple(dict.fromkeys(problems))


def holds_other_machines(wheel: Wheel, promise: Promise) -> bool:
    """Tell whether a wheel is refused for a file that is for another machine than the target's."""
    return any(_has_to_fit(one) and code.machine_problems(one, promise) for one in wheel.objects)


def _has_to_fit(found: ObjectFile) -> bool:
    """Tell whether a file has to be for the target: what nobody loads need not."""
    return found.damage is None and found.kind != "relocatable"


def target_remarks(wheel: Wheel, promise: Promise) -> tuple[str, ...]:
    """Return what is odd about a wheel and no reason to refuse it, a line each.

    Relocatable objects (``.o``, ``.obj``) of other machines are never loaded: projects pack
    assembled sources for several machines, greenlet for one. A module without a ``PyInit_``
    function cannot be imported, but some projects build libraries for ctypes under such names.
    """
    remarks: list[str] = []
    for found in wheel.objects:
        if found.kind == "relocatable":
            remarks += code.machine_problems(found, promise)
        else:
            remarks += modules.module_remarks(found)
            image = loaded_image(found, promise)
            if image is not None:
                remarks += (f"{found.name}: {oddity}" for oddity in image.oddities)
                remarks += libraries.library_remarks(found, image)
    return tuple(dict.fromkeys(remarks))
