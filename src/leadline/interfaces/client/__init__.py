"""Leadline's API for programs."""
