"""``python -m crosshook`` is the console script."""

import sys

from crosshook.cli import main

sys.exit(main())
