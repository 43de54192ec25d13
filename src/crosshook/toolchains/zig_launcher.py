"""The scripts that start zig: one word for each tool, and compiler options as zig spells them.

clang has ``-march=armv8.2-a+fp16``; ``zig cc`` has names of its own for processors and their
features, ``-mcpu=generic+v8_2a+fullfp16``, and refuses the others. A build that tries whether the
compiler takes such an option goes on without it: NumPy loses the code for newer processors.

``-static`` beside ``-shared`` means to gcc that what is linked into the library is static; zig
would not make a library at all. What it links of its own is static, but for libc on Linux.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_TRANSLATION = r"""
arm_cpu() {
  version=${1%%-a*}
  features=${1#"$version"-a}
  case $version in *.*) version=${version%%.*}_${version#*.} ;; esac
  cpu=generic+v${version}a
  while [ -n "$features" ]; do
    features=${features#+}
    feature=${features%%+*}
    features=${features#"$feature"}
    case $feature in fp16) feature=fullfp16 ;; simd) feature=neon ;; esac
    cpu=$cpu+$feature
  done
}
shared=
static=
for word do
  shift
  case $word in
    -shared) shared=$word ;;
    -static) static=$word; continue ;;
    -march=armv[89]*-a*) arm_cpu "${word#-march=armv}"; word=-mcpu=$cpu ;;
    -march=x86-64) word=-mcpu=x86_64 ;;
    -march=x86-64-v[234]) word=-mcpu=x86_64_${word#-march=x86-64-} ;;
@WITHOUT@  esac
  set -- "$@" "$word"
done
if [ -n "$static" ] && [ -z "$shared" ]; then
  set -- "$@" -static
fi
"""


def script(command: Sequence[str]) -> str:
    """Return the text of a shell script that starts a command with the script's arguments."""
    return f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'


def compiler_script(command: Sequence[str], *, without: Sequence[str]) -> str:
    """Return the text of a shell script that starts a compiler with its options translated.

    :param without: Options that are left out.
    """
    cases = "".join(f"    {option}) continue ;;\n" for option in without)
    translation = _TRANSLATION.lstrip("\n").replace("@WITHOUT@", cases)
    return f'#!/bin/sh\n{translation}exec {shlex.join(command)} "$@"\n'
