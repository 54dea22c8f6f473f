"""Dialects: objectives that other tools' files promise, read into a handbook, and a handbook written in their form."""
