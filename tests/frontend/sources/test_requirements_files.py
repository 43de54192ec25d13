"""Which sources a requirements file names, and what in it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.frontend.sources.requirements_files import read_requirements


def test_what_a_file_names(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "others.txt").write_text("./c.tar.gz\n")
    file = tmp_path / "requirements.txt"
    file.write_text(
        "\ufeff# all of them\n"
        "markupsafe==3.0.3  # a comment\n"
        "\n"
        "bitarray >= 3, \\\n"
        "    < 4\n"
        "demo @ https://example.org/demo-1.0.tar.gz#subdirectory=x\n"
        "-r more/others.txt\n"
        "${OWN}/project\n"
        "${NOT_SET}\n"
    )
    assert read_requirements(file, {"OWN": "/srv"}) == (
        "markupsafe==3.0.3",
        "bitarray >= 3,     < 4",
        "demo @ https://example.org/demo-1.0.tar.gz#subdirectory=x",
        "./c.tar.gz",
        "/srv/project",
        "${NOT_SET}",
    )


@pytest.mark.parametrize("line", ["-r other.txt", "-rother.txt", "--requirement=other.txt"])
def test_ways_to_name_a_file(tmp_path: Path, line: str) -> None:
    (tmp_path / "other.txt").write_text("demo\n")
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    assert read_requirements(tmp_path / "requirements.txt", {}) == ("demo",)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("demo==1 --hash=sha256:00", "--hash is not heeded here", "leave the hashes out"),
        ("demo==1 \\\n  --hash=sha256:00", "--hash is not heeded here", "leave the hashes out"),
        ("--index-url https://me:secret@example.org", "--index-url", "set PIP_INDEX_URL"),
        ("-i https://example.org", "-i is not heeded here", "set PIP_INDEX_URL"),
        ("-f links", "-f is not heeded here", "set PIP_FIND_LINKS"),
        ("-e .", "-e is not heeded here", "name the directory alone"),
        ("-c constraints.txt", "-c is not heeded here", "a line is a directory"),
        ("demo --config-settings=a=b", "--config-settings", "a line is a directory"),
        ("-r https://example.org/r.txt", "-r needs a file on this machine", None),
        ("-r", "-r needs a file on this machine", None),
        ('-r "other', "No closing quotation", None),
    ],
)
def test_what_is_not_heeded(tmp_path: Path, line: str, message: str, hint: str | None) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"# first\n{line}\n")
    with pytest.raises(UsageError) as caught:
        read_requirements(file, {})
    assert f"{file}:2: " in caught.value.message
    assert message in caught.value.message
    assert "secret" not in caught.value.message
    assert hint is None or str(caught.value.hint).startswith(hint)


@pytest.mark.parametrize("loop", [["a.txt"], ["b.txt", "a.txt"], ["sub/../a.txt"]])
def test_files_that_name_each_other(tmp_path: Path, loop: list[str]) -> None:
    (tmp_path / "sub").mkdir()
    for name, following in zip(["a.txt", *loop], loop, strict=False):
        (tmp_path / name).write_text(f"-r {following}\n")
    with pytest.raises(UsageError, match="the files name each other"):
        read_requirements(tmp_path / "a.txt", {})


def test_a_file_that_is_named_twice_is_no_loop(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r b.txt\n-r b.txt\n")
    (tmp_path / "b.txt").write_text("demo\n")
    assert read_requirements(tmp_path / "a.txt", {}) == ("demo", "demo")


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe\xfd", None])
def test_files_without_a_source(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "requirements.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_requirements(file, {})
    assert caught.value.message.startswith(f"--requirement: {str(file)[:5]}") or (
        caught.value.message.startswith(f"--requirement: '{str(file)[:4]}")
    )
