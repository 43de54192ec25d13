"""A ``uname`` that answers as the target's does.

A Makefile, a shell script or CMake asks it which flags to use, and takes the answer for the machine
that the wheel is for. So a script in front of it answers. ``config.guess`` of Autoconf asks for the
machine that builds, and is told that.

The options are those of uname(1) and of macOS'; what is known of the target is in
:meth:`crosshook.target.systems.System.uname`, and the rest this machine says.
"""

from __future__ import annotations

import shlex

from crosshook.adapters.plan import SCRIPTS, BuildMachine, Plan, filled
from crosshook.project import Project
from crosshook.target import Target

_UNAME = """\
#!/bin/sh
asker=$(tr '\\0' ' ' 2>/dev/null <"/proc/$PPID/cmdline" || ps -o command= -p "$PPID")
case $asker in
  *config.guess*) exec {uname} "$@" ;;
esac
case $*,${asker%% *} in
  # So does platform.processor() ask, for whoever called it. The overlay answers for the project.
  -p,*python*) [ /dev/fd/2 -ef /dev/null ] && exec {uname} -p ;;
esac
asked=
for word do
  case $word in
    --all) asked=a$asked ;;
    --kernel-name | --sysname) asked=s$asked ;;
    --nodename) asked=n$asked ;;
    --kernel-release | --release) asked=r$asked ;;
    --kernel-version) asked=v$asked ;;
    --machine) asked=m$asked ;;
    --processor) asked=p$asked ;;
    --hardware-platform) asked=i$asked ;;
    --operating-system) asked=o$asked ;;
    --* | [!-]*) exec {uname} "$@" ;;
    *) asked=$asked${word#-} ;;
  esac
done
case ${asked:=s} in
  *[!asnrvmpio]*) exec {uname} "$@" ;;
  *a*) asked=snrvm{also} ;;
esac
answers=
for letter in s n r v m p i o; do
  case $asked in
    *$letter*) ;;
    *) continue ;;
  esac
  case $letter in
{known}
    *) answer=$({uname} "-$letter") ;;
  esac
  answers=${answers:+$answers }$answer
done
echo "$answers"
"""

_ARCH = """\
#!/bin/sh
[ $# = 0 ] && exec "${0%/*}/uname" -m
exec {arch} "$@"
"""
"""On macOS, ``arch`` with arguments starts a program."""


def plan(target: Target, project: Project, machine: BuildMachine) -> Plan:
    """Return the scripts, where this machine has the programs and the project sees the target."""
    uname, arch = machine.which("uname"), machine.which("arch")
    if uname is None or machine.system == "windows" or project.settings.project_sees != "target":
        return Plan()
    answers = target.platform.system.uname(target.platform)
    texts = {
        "{uname}": shlex.quote(uname),
        "{also}": "o" if "o" in answers else "",
        "{known}": "\n".join(f"    {k}) answer={shlex.quote(v)} ;;" for k, v in answers.items()),
    }
    files = {f"{SCRIPTS}/uname": filled(_UNAME, texts)}
    if arch is not None:
        files[f"{SCRIPTS}/arch"] = _ARCH.replace("{arch}", shlex.quote(arch))
    return Plan(files=files, executables=frozenset(files))
