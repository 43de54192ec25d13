"""A ``strip`` that knows files of the target, or leaves them alone.

A Makefile, ``install -s`` and many a script call it by its name for what they have linked. This
machine's fails for what is in another format, and a build need not end for that: such a file is
only larger, and extension modules are linked without their symbols.
"""

from __future__ import annotations

import shlex

from crosshook.adapters.plan import SCRIPTS, BuildMachine, Plan
from crosshook.target import Target

_SCRIPT = """\
#!/bin/sh
for strip in {strips}; do
  said=$(eval "$strip \\"\\$@\\"" 2>&1) && {
    [ -z "$said" ] || printf '%s\\n' "$said"
    exit
  }
done
case $said in
  *'the format of the input file'* | *'file format not recognized'* | *'not recognized as a valid'*)
    # Whoever names another file wants it made.
    case " $* " in
      *' -o'* | *' --output'*) ;;
      *)
        echo "strip: another machine's files are left as they are: $*" >&2
        exit 0
        ;;
    esac
    ;;
esac
printf '%s\\n' "$said" >&2
exit 1
"""
"""What GNU's and LLVM's say of a file that is in another format."""


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return the script, where this machine has the program or the target's toolchain has one."""
    toolchain = target.toolchain
    own = machine.which("strip")
    commands = [toolchain.commands.get("strip", ())] if toolchain is not None else []
    commands += [(own,)] if own is not None else []
    known = [shlex.join(command) for command in commands if command]
    if not known or machine.system == "windows":
        return Plan()
    file = f"{SCRIPTS}/strip"
    text = _SCRIPT.replace("{strips}", shlex.join(known))
    return Plan(files={file: text}, executables=frozenset({file}))
