"""The documentation's site: ``python -m sphinx -W --keep-going docs site``."""

from __future__ import annotations

from crosshook import __version__

project = "crosshook"
author = "The crosshook developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "index"

# A link to a heading that is not there, or to a page that is not there, is a warning; -W makes an
# error of it.
nitpicky = True
# Of Python's own and of third parties' names, and of those that are no part of the interface.
nitpick_ignore_regex = [
    ("py:.*", r"(?!crosshook).*"),
    ("py:class", r"crosshook\.(backend|project|report|wheel)\..*"),
    ("py:class", r"crosshook\._types\.Output"),
]
myst_heading_anchors = 4
myst_enable_extensions = ["deflist", "fieldlist"]

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"

smartquotes = False

html_theme = "furo"
html_title = "crosshook"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
pygments_style = "default"
