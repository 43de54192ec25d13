"""``python -m crosshook.frontend`` is the command ``crosshook build``."""

import sys

from crosshook.cli import main

sys.exit(main(["build", *sys.argv[1:]]))
