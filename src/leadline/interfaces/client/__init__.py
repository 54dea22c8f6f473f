"""Leadline's API for programs in Python: `client.Client`."""
