"""A ``cmake`` in front of CMake.

* A CMake before 3.21 does not read the variable ``CMAKE_TOOLCHAIN_FILE``: it would take the target
  for this machine, and compile what is for that. So the script tells it the file.
* For Windows, many a ``setup.py`` calls CMake with a generator of Visual Studio's, with a platform
  for it (``-A x64``) and with options of MSBuild (``-- /m``). Where other compilers build for
  Windows, CMake and make end with an error for each. So the script leaves these words out; what the
  compilers build for is in the toolchain file.

The words are those of cmake(1), cmake-generators(7), and MSBuild's command line.
"""

from __future__ import annotations

import shlex

from crosshook.adapters._cmake import TOOLCHAIN_FILE
from crosshook.adapters.plan import SCRIPTS, BuildMachine, Plan, filled
from crosshook.target import Target

_BEGIN = """\
#!/bin/sh
case $1 in -E | -P) exec {cmake} "$@" ;; esac
"""

_WITHOUT_VISUAL_STUDIO = """\
option= for_msbuild=
for word do
  shift
  case $option in
    -A | -T) option=; continue ;;
    -G)
      option=
      case $word in
        {generators}) ;;
        *) set -- "$@" -G "$word" ;;
      esac
      continue ;;
  esac
  if [ -n "$for_msbuild" ]; then
    case $word in
      {msbuild}) continue ;;
    esac
  fi
  case $word in
    -A | -G | -T) option=$word; continue ;;
    -A* | -T*) continue ;;
    {joined}) continue ;;
    --) for_msbuild=yes ;;
  esac
  set -- "$@" "$word"
done
"""

_TELL_OLD_ONES = """\
case $1 in
  --build | --install | --open | --find-package | --help* | --version | '') exec {cmake} "$@" ;;
esac
case $({cmake} --version 2>/dev/null) in
  'cmake version 3.'[0-9].* | 'cmake version 3.1'[0-9].* | 'cmake version 3.20.'*)
    # Whoever names another file wins.
    set -- "-DCMAKE_TOOLCHAIN_FILE={file}" "$@" ;;
esac
exec {cmake} "$@"
"""

_GENERATORS = ('"Visual Studio "*', '"NMake "*', '"Borland "*', '"MinGW "*', '"MSYS "*')
"""Those that CMake has on Windows alone."""

_MSBUILD = tuple(
    f"{sign}{option}"
    for sign in ("/", "-")
    for option in (
        *("m", "m:*", "[mM]ax[cC]pu[cC]ount*", "p:*", "property:*", "v:*", "verbosity:*"),
        *("nologo", "noLogo", "nr:*", "nodeReuse:*", "clp:*"),
    )
)


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return the script, where CMake is on this machine and no Visual Studio compiles."""
    toolchain = target.toolchain
    if toolchain is None or toolchain.argument_syntax == "msvc" or machine.system == "windows":
        return Plan()
    cmake = machine.which("cmake")
    if cmake is None:
        # A setup.py that finds none asks for the one from PyPI.
        return Plan()
    texts = {
        "{file}": TOOLCHAIN_FILE,
        "{cmake}": shlex.quote(cmake),
        "{generators}": " | ".join(_GENERATORS),
        "{joined}": " | ".join(f"-G{name}" for name in _GENERATORS),
        "{msbuild}": " | ".join(_MSBUILD),
    }
    for_windows = target.platform.system.name == "windows"
    text = _BEGIN + (_WITHOUT_VISUAL_STUDIO if for_windows else "") + _TELL_OLD_ONES
    file = f"{SCRIPTS}/cmake"
    return Plan(files={file: filled(text, texts)}, executables=frozenset({file}))
