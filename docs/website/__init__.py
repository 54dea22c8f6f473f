"""
The documentation as a site: pages of `docs/` with a navigation, beside a reference that is generated from the code.

`python -m website FOLDER` gathers everything below `FOLDER/source` and lets Sphinx write HTML beside it. The pages stay
plain Markdown, so that they read as well where they lie; only the copy gets what a site has more.
"""
