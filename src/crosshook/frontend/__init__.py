"""The caller of the hook: from what the user typed to wheels that are checked.

:mod:`crosshook.frontend.algorithm` is the algorithm of the proposal. What stands around it, sources
and environments and the choice of providers, is what makes a command of it.
"""
