"""Native formats of ``struct`` and sizes of ``ctypes``, compared with this machine's."""

from __future__ import annotations

import ctypes
import random
import struct
import sys

import pytest

from crosshook.overlay.inside import native

HERE = {
    "long": struct.calcsize("l"),
    "pointer": struct.calcsize("P"),
    "wchar_t": ctypes.sizeof(ctypes.c_wchar),
    "long double": ctypes.sizeof(ctypes.c_longdouble),
    "align_8": ctypes.alignment(ctypes.c_longlong),
    "big": sys.byteorder == "big",
}
THERE = {**HERE, "long": 4, "pointer": 4, "big": sys.byteorder == "little"}


def formats(count: int) -> list[str]:
    chosen = random.Random(20)
    codes = "xcbB?hHiIlLqQnNPfdes"
    return [
        chosen.choice(("", "@"))
        + "".join(
            chosen.choice(("", "", "2", "0", " 3")) + chosen.choice(codes)
            for _ in range(chosen.randrange(7))
        )
        for _ in range(count)
    ]


def test_formats_come_to_the_same_size_here() -> None:
    for text in formats(3000):
        assert struct.calcsize(native.standard(text, HERE)) == struct.calcsize(text), text


def test_values_are_packed_the_same_here() -> None:
    for text, values in (("cl", (b"a", -2)), ("bqP", (1, -3, 4)), ("2s?n", (b"ab", True, -9))):
        there = native.standard(text, HERE)
        assert struct.pack(there, *values) == struct.pack(text, *values)


@pytest.mark.parametrize("text", ["<l", ">P", "!h", "no", "3", 5, None])
def test_other_formats_are_left_alone(text: object) -> None:
    assert native.standard(text, HERE) is text


def test_another_machine() -> None:
    order = ">" if THERE["big"] else "<"
    assert native.standard("cl", THERE) == f"{order}c3xi"
    assert native.standard(b"2P", THERE) == f"{order}2I"
    assert native.standard("=l", THERE) == f"{order}l"
    assert native.struct_answers(struct, THERE)["Struct"]("lP").size == 8


def test_sizes_come_to_the_same_here() -> None:
    answers = native.ctypes_answers(ctypes, HERE)

    class Both(ctypes.Structure):
        _fields_ = (
            ("a", ctypes.c_char),
            ("b", ctypes.c_longdouble),
            ("c", ctypes.c_short * 3),
            ("d", ctypes.POINTER(ctypes.c_int)),
        )

    class Base(ctypes.Structure):
        _fields_ = (("a", ctypes.c_long), ("b", ctypes.c_char))

    class Derived(Base):
        _fields_ = (("c", ctypes.c_char),)  # type: ignore[assignment]

    class Bits(ctypes.Structure):
        _fields_ = (("a", ctypes.c_int, 3), ("b", ctypes.c_int, 5))

    for type_ in (
        *(Both, Bits, Derived, ctypes.c_char_p, ctypes.c_wchar_p, ctypes.c_wchar, ctypes.py_object),
        *(ctypes.c_size_t, ctypes.c_int64, ctypes.c_bool, ctypes.CFUNCTYPE(None), Both * 2),
    ):
        assert answers["sizeof"](type_) == ctypes.sizeof(type_), type_
        assert answers["alignment"](type_) == ctypes.alignment(type_), type_
    assert answers["sizeof"](ctypes.c_int(5)) == 4
