"""Adapters between the peers' bench and Leadline."""
