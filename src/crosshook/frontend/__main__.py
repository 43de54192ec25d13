"""``python -m crosshook.frontend`` is the command ``crosshook build``."""

import sys

from crosshook.cli import script

script(["build", *sys.argv[1:]])
