"""Tables of episodes; what has not ended stands in `episode_open` too, so that it is found at once."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, UniqueConstraint

from leadline.adapters.store.columns import big, counted, key, number, words
from leadline.adapters.store.schema import metadata

episode = Table(
    "episode",
    metadata,
    counted("id"),
    *(words(name) for name in ("thread", "kind", "subject", "tier", "strategy", "severity", "action")),
    *(words(name) for name in ("service", "team")),
    Column("service_tier", big),
    number("began_at"),
    words("why"),
    UniqueConstraint("thread"),
    Index("ix_episode_subject", "subject", "id"),
    Index("ix_episode_service", "service", "id"),
)

episode_open = Table("episode_open", metadata, key("episode_id"))

episode_event = Table(
    "episode_event",
    metadata,
    counted("id"),
    *(number(name) for name in ("episode_id", "at")),
    *(words(name) for name in ("kind", "ending", "text", "facts")),
    Index("ix_episode_event_episode", "episode_id"),
)
