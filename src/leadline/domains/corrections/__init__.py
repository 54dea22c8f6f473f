"""Corrections that people record beside the handbook's: added, listed, removed, and told to the tools that alert."""
