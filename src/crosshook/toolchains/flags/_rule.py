"""What becomes of one flag, and a short way to write many."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


class Effect(enum.Enum):
    """What happens to a flag."""

    BECOMES = "becomes"
    """Other words stand in its place."""
    ALREADY_SO = "already so"
    """It is left out: it says what is so in any case, or what leaves no trace in a wheel."""
    LEFT_OUT = "left out"
    """It is left out, and the user is told: what it asks for is not done, and the code that is
    made does the same without it."""
    REFUSED = "refused"
    """It is an error: without it, another program would be made."""
    PROGRAMS_ONLY = "refused in a program"
    """It is an error where a program is linked, and says what is so in a shared library."""
    EXPORTS = "exports"
    """Its value goes into a module-definition file, which is linked."""
    HIDES_ARCHIVES = "hides archives"
    """Its value names archives whose symbols are made local by a version script."""


class Value(enum.Enum):
    """Where a flag's value is."""

    NONE = "none"
    JOINED = "joined"
    """In the same word."""
    SEPARATE = "separate"
    """In the next word."""
    EITHER = "either"
    """In the same word or, if there is nothing, in the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What becomes of one flag."""

    flag: str
    """Without its value."""
    value: Value
    values: int
    """How many words the value is, where it is in words of its own."""
    effect: Effect
    becomes: tuple[str, ...] = ()
    """What stands in its place; ``{}`` is the value."""
    why: str
    """What the user is told, and the documentation says."""

    @property
    def written(self) -> str:
        """The flag as one writes it, with ``<value>`` for the value."""
        if self.value is Value.SEPARATE:
            return self.flag + " <value>" * self.values
        return self.flag if self.value is Value.NONE else f"{self.flag}<value>"


def _rule(written: str, effect: Effect, becomes: tuple[str, ...], why: str) -> Rule:
    """Return a rule for a flag.

    :param written: ``/nologo``; ``/Fd<file>`` for a joined value; ``-arch <name>`` for one in the
        next word; ``/I[ ]<directory>`` for either.
    """
    flag, _, rest = written.partition("<")
    value = Value.JOINED
    if not rest:
        value = Value.NONE
    elif flag.endswith("[ ]"):
        value = Value.EITHER
    elif flag.endswith(" "):
        value = Value.SEPARATE
    return Rule(
        flag=flag.removesuffix("[ ]").rstrip(),
        value=value,
        values=written.count("<"),
        effect=effect,
        becomes=becomes,
        why=why,
    )


def becomes(flags: Mapping[str, str], why: str = "") -> Iterator[Rule]:
    """Yield rules for flags that have a counterpart: by flag, words with a space between them."""
    for written, words in flags.items():
        yield _rule(written, Effect.BECOMES, tuple(words.split()), why)


def _all(effect: Effect, why: str, flags: Sequence[str]) -> Iterator[Rule]:
    return (_rule(written, effect, (), why) for written in flags)


def already_so(why: str, *flags: str) -> Iterator[Rule]:
    """Yield rules for flags that say what is so in any case."""
    return _all(Effect.ALREADY_SO, why, flags)


def left_out(why: str, *flags: str) -> Iterator[Rule]:
    """Yield rules for flags that are left out, of which the user is told."""
    return _all(Effect.LEFT_OUT, why, flags)


def refused(why: str, *flags: str) -> Iterator[Rule]:
    """Yield rules for flags that are an error."""
    return _all(Effect.REFUSED, why, flags)


def handled(effect: Effect, why: str, *flags: str) -> Iterator[Rule]:
    """Yield rules for flags that a module-definition file or a version script stands for."""
    return _all(effect, why, flags)
