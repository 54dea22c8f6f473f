"""Adapters that tell people: one class for each thing that can be spoken to."""
