"""Leadline: the SRE handbook that runs."""

__version__ = "0.1.0"
