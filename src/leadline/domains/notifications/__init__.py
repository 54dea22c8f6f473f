"""Notifications: which target is told of what, when, and what became of it."""
