"""Columns that many tables have."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Integer, Text

big = BigInteger().with_variant(Integer, "sqlite")


def key(name: str) -> Column[int]:
    return Column(name, big, primary_key=True, autoincrement=False)


def number(name: str) -> Column[int]:
    return Column(name, big, nullable=False)


def counted(name: str) -> Column[int]:
    """A key that the database counts up, and hands out in the order of commits, since writers are serialised."""
    return Column(name, big, Identity(), primary_key=True)


def words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)
