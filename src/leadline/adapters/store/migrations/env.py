"""What Alembic runs: the caller's connection and its transaction, which the caller commits."""

from __future__ import annotations

from alembic import context

from leadline.adapters.store.schema import metadata


def run() -> None:
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


run()
