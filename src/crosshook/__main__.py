"""``python -m crosshook`` is the console script."""

from crosshook.cli import script

script()
