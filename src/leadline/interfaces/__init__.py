"""Interfaces translate, never decide."""
