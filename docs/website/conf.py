"""How Sphinx writes the site."""

from __future__ import annotations

from leadline import __version__

project = "Leadline"
author = "The Leadline maintainers"
version = release = __version__
extensions = ["myst_parser", "website.mathml"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["extra"]
language = "en"
suppress_warnings = ["misc.highlighting_failure"]
"""Logs and CSV are shown as they are, in colours or not."""

myst_enable_extensions = ["attrs_block"]
myst_fence_as_directive = ["math"]
"""As GitHub reads it."""
myst_heading_anchors = 4
"""Headings are linked to as on GitHub."""

html_theme = "furo"
html_title = f"Leadline {__version__}"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_logo = "static/icon.svg"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
pygments_style = "default"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b5a87",
        "color-brand-content": "#0b5a87",
        "color-brand-visited": "#0b5a87",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7fc1ec",
        "color-brand-content": "#7fc1ec",
        "color-brand-visited": "#7fc1ec",
    },
}
