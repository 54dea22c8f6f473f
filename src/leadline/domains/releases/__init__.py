"""Releases: what was changed and what went wrong, and what may be changed now."""
