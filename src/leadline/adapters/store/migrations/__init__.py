"""Migrations of the store, run by `migrate.upgrade` and never by hand."""
