"""Measurement: how the numbers of sources, people and files become slices in the ledger."""
