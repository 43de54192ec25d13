"""A ``python3-config`` that answers for the target Python.

Makefiles and ``configure`` scripts ask it by name for flags. The one on ``PATH`` is of some Python
of this machine. The options are those of CPython's ``Misc/python-config.sh.in``; what is answered
is what takes part in compiling and linking an extension module.
"""

from __future__ import annotations

import shlex

from crosshook.adapters._build_tools import define_flags
from crosshook.adapters.plan import SCRIPTS, BuildMachine, Plan, filled
from crosshook.target import Target

PYTHON_CONFIG = f"{SCRIPTS}/python3-config"

_SCRIPT = """\
#!/bin/sh
[ $# = 0 ] && set -- --help
for word do
  case $word in
    --prefix | --exec-prefix) echo {prefix} ;;
    --includes | --cflags) echo {compile} ;;
    --libs | --ldflags) echo {link} ;;
    --extension-suffix) echo {suffix} ;;
    --abiflags) echo {abi_flags} ;;
    --configdir) echo {configdir} ;;
    --embed) ;;
    *)
      options="--prefix|--exec-prefix|--includes|--libs|--cflags|--ldflags|--extension-suffix"
      echo "Usage: $0 $options|--abiflags|--configdir|--embed|--help" >&2
      [ "$word" = --help ]
      exit ;;
  esac
done
"""


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return the script, under the names that CPython has for it."""
    if machine.system == "windows":
        return Plan()
    version = target.python_version
    headers = [f"-I{target.headers}"] if target.headers else []
    answers = {
        "{prefix}": target.prefix,
        "{compile}": shlex.join([*headers, *define_flags(target)]),
        "{link}": shlex.join(filter(None, [target.import_libraries.get("dynamic")])),
        "{suffix}": next(iter(target.extension_suffixes), ""),
        "{abi_flags}": "".join(target.abi_flags),
        "{configdir}": str(target.sysconfig_vars.get("LIBPL", "")),
    }
    text = filled(_SCRIPT, {name: shlex.quote(answer) for name, answer in answers.items()})
    names = (PYTHON_CONFIG, f"{SCRIPTS}/python-config", f"{SCRIPTS}/{version.program}-config")
    files = dict.fromkeys(names, text)
    return Plan(files=files, executables=frozenset(files))
