"""``crosshook cache``: what is kept between builds."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""


def run(arguments: argparse.Namespace) -> int:
    """Show, check or remove what is kept; return the exit code."""
    return 0
