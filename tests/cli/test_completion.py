"""``crosshook completion``: the script, and what bash completes with it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crosshook.cli import main

pytest.importorskip("shtab")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "completed"), [(["dis"], []), (["doc"], ["doctor"]), (["build", "--ad"], ["--adapt"])]
)
def test_bash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], completed: list[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "script"
    line = ["crosshook", *words]
    script.write_text(
        f"{capsys.readouterr().out}\n"
        f"COMP_WORDS=({' '.join(line)}); COMP_CWORD={len(words)}\n"
        '_shtab_crosshook; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=True)
    assert [word.strip() for word in done.stdout.splitlines() if word.strip()] == completed


def test_another_shell() -> None:
    with pytest.raises(SystemExit):
        main(["completion", "cmd"])
