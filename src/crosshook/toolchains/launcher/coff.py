"""Which libraries object files for Windows name themselves; copied to disk, imports no crosshook.

``#pragma comment(lib, "ws2_32.lib")`` is kept in an object file, for the linker. To MSVC's, it is
as good as the library on the command line.

Source: "PE Format" of Microsoft's documentation, the sections "COFF File Header", "Section Table"
and "The .drectve Section".
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEADER = 20
_SECTION = 40
_MACHINES = (0x8664, 0x14C, 0xAA64)
_ARCHIVE = b"!<arch>\n"


def named_libraries(files: Sequence[str]) -> list[str]:
    """Return the names of libraries, as they are written, that objects and archives name."""
    found: dict[str, None] = {}
    for file in files:
        with open(file, "rb") as stream:
            data = stream.read()
        for member in _members(data) if data.startswith(_ARCHIVE) else (data,):
            found.update(dict.fromkeys(_libraries(_directives(member))))
    return list(found)


def _members(archive: bytes) -> Iterator[bytes]:
    offset = len(_ARCHIVE)
    while offset + 60 <= len(archive):
        size = int(archive[offset + 48 : offset + 58].split()[0])
        yield archive[offset + 60 : offset + 60 + size]
        offset += 60 + size + size % 2


def _directives(data: bytes) -> str:
    """Return what an object file tells the linker; nothing if it is no object file."""
    if len(data) < _HEADER or int.from_bytes(data[:2], "little") not in _MACHINES:
        return ""
    count = int.from_bytes(data[2:4], "little")
    start = _HEADER + int.from_bytes(data[16:18], "little")
    for offset in range(start, start + count * _SECTION, _SECTION):
        section = data[offset : offset + _SECTION]
        if section[:8] == b".drectve":
            size = int.from_bytes(section[16:20], "little")
            at = int.from_bytes(section[20:24], "little")
            return data[at : at + size].decode("utf-8", "replace")
    return ""


def _libraries(directives: str) -> Iterator[str]:
    for word in _words(directives):
        name, colon, value = word.partition(":")
        if colon and name[:1] in ("/", "-") and name[1:].upper() == "DEFAULTLIB":
            yield value


def _words(text: str) -> list[str]:
    """Return the words of a text in which quotes hold spaces."""
    words = [""]
    quoted = False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character.isspace() and not quoted:
            words.append("")
        else:
            words[-1] += character
    return [word for word in words if word]
