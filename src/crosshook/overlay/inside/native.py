"""``struct`` and ``ctypes`` with the sizes of another machine's C compiler.

The sizes are plain JSON: bytes of ``long``, ``pointer``, ``wchar_t`` and ``long double``, the
alignment of the 8-byte types in a structure, and whether the byte order is ``big``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Sizes = Mapping[str, Any]

_FIXED = {"x": 1, "c": 1, "b": 1, "B": 1, "?": 1, "s": 1, "p": 1, "h": 2, "H": 2, "e": 2}
_FIXED |= {"i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}
_LONG, _POINTER = "lL", "nNP"
_STANDARD = {4: ("i", "I"), 8: ("q", "Q")}
"""Types of a size that are the same everywhere: signed, unsigned."""

_ITEM = re.compile(r"\s*(\d*)([A-Za-z?])")


def struct_answers(struct: Any, sizes: Sizes) -> Mapping[str, Any]:
    """Return ``struct``'s functions, for which a native format is one of the target."""

    def answering(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda format, *rest, **named: function(standard(format, sizes), *rest, **named)

    class Struct(struct.Struct):  # type: ignore[misc]
        def __new__(cls, format: Any) -> Any:
            return super().__new__(cls, standard(format, sizes))

        def __init__(self, format: Any) -> None:
            super().__init__(standard(format, sizes))

    names = ("calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack")
    return {**{name: answering(getattr(struct, name)) for name in names}, "Struct": Struct}


def standard(format: Any, sizes: Sizes) -> Any:
    """Return a format with the layout of a native one on the target, written out.

    One that says itself how large its types are comes back as it is.
    """
    text = format.decode("ascii") if isinstance(format, bytes) else format
    if not isinstance(text, str) or text.startswith(("<", ">", "!")):
        return format
    order = ">" if sizes["big"] else "<"
    if text[:1] == "=":
        return order + text[1:]
    words, offset, end = [order], 0, 0
    text = text.removeprefix("@").rstrip()
    while end < len(text):
        match = _ITEM.match(text, end)
        size = match and _size(match[2], sizes)
        if not match or not size:
            # The real function says what is wrong.
            return format
        count, code = match.groups()
        padding = -offset % _alignment(size, sizes)
        words += [f"{padding}x"] if padding else []
        words.append(count + _standard_code(code, size))
        offset += padding + size * (int(count) if count else 1)
        end = match.end()
    return "".join(words)


def _size(code: str, sizes: Sizes) -> int | None:
    if code in _LONG:
        return int(sizes["long"])
    if code in _POINTER:
        return int(sizes["pointer"])
    return _FIXED.get(code)


def _alignment(size: int, sizes: Sizes) -> int:
    # A long double of 12 bytes is made of three words.
    return {8: int(sizes["align_8"]), 12: 4}.get(size, size)


def _standard_code(code: str, size: int) -> str:
    if code in _LONG + _POINTER:
        return _STANDARD[size][0 if code in "ln" else 1]
    return code


_CTYPES = {
    "c_int": "i",
    "c_uint": "I",
    "c_longlong": "q",
    "c_ulonglong": "Q",
    "c_int32": "i",
    "c_uint32": "I",
    "c_int64": "q",
    "c_uint64": "Q",
}
"""Types that are the same as another on this machine, and may not be on the target."""


def ctypes_answers(ctypes: Any, sizes: Sizes) -> Mapping[str, Any]:
    """Return what ``ctypes`` says of sizes; its types stay those of this machine."""
    word = _STANDARD[sizes["pointer"]]
    codes = {**_CTYPES, "c_ssize_t": word[0], "c_size_t": word[1]}
    types = {name: _type_with(ctypes, name, code) for name, code in codes.items()}

    def sizeof(thing: Any) -> int:
        """Return the size that a type, or the type of an object, has on the target."""
        return _layout(ctypes, _type_of(thing), sizes)[0]

    def alignment(thing: Any) -> int:
        """Return the alignment that a type, or the type of an object, has on the target."""
        return _layout(ctypes, _type_of(thing), sizes)[1]

    return {**types, "sizeof": sizeof, "alignment": alignment}


def _type_of(thing: Any) -> Any:
    return thing if isinstance(thing, type) else type(thing)


def _type_with(ctypes: Any, name: str, code: str) -> Any:
    own = getattr(ctypes, name)
    return own if own._type_ == code else type(name, (ctypes._SimpleCData,), {"_type_": code})


def _layout(ctypes: Any, type_: Any, sizes: Sizes) -> tuple[int, int]:
    """Return size and alignment of a type."""
    if issubclass(type_, ctypes._SimpleCData):
        size = _simple_size(type_._type_, sizes)
        return (size, _alignment(size, sizes)) if size else _own_layout(ctypes, type_)
    if issubclass(type_, ctypes.Array):
        size, alignment = _layout(ctypes, type_._type_, sizes)
        return size * type_._length_, alignment
    if issubclass(type_, (ctypes.Structure, ctypes.Union)):
        return _structure_layout(ctypes, type_, sizes)
    if issubclass(type_, (ctypes._Pointer, ctypes._CFuncPtr)):
        return sizes["pointer"], sizes["pointer"]
    return _own_layout(ctypes, type_)


def _own_layout(ctypes: Any, type_: Any) -> tuple[int, int]:
    return ctypes.sizeof(type_), ctypes.alignment(type_)


def _simple_size(code: str, sizes: Sizes) -> int | None:
    if code == "u":
        return int(sizes["wchar_t"])
    if code == "g":
        return int(sizes["long double"])
    return int(sizes["pointer"]) if code in "OzZ" else _size(code, sizes)


def _structure_layout(ctypes: Any, type_: Any, sizes: Sizes) -> tuple[int, int]:
    fields = type_.__dict__.get("_fields_", ())
    packed = getattr(type_, "_pack_", None)
    if any(len(field) > 2 for field in fields):
        # Bit fields: compilers differ, and ctypes knows the rules of this machine's alone.
        return _own_layout(ctypes, type_)
    inherits = hasattr(type_.__base__, "_fields_")
    offset, widest = _layout(ctypes, type_.__base__, sizes) if inherits else (0, 1)
    for field in fields:
        size, alignment = _layout(ctypes, field[1], sizes)
        alignment = min(alignment, packed) if packed else alignment
        start = 0 if issubclass(type_, ctypes.Union) else offset + -offset % alignment
        offset, widest = max(offset, start + size), max(widest, alignment)
    return offset + -offset % widest, widest
