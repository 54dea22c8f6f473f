"""Runners: what rolls a change back."""
