"""PyYAML's C composer, without what takes most of its time."""

from __future__ import annotations

from functools import lru_cache

import yaml

STR = "tag:yaml.org,2002:str"
MAP = "tag:yaml.org,2002:map"
SEQ = "tag:yaml.org,2002:seq"


@lru_cache(maxsize=8192)
def _implicit_tag(text: str) -> str:
    """The tag that a plain scalar has by its looks."""
    resolvers = yaml.CSafeLoader.yaml_implicit_resolvers
    candidates = [*resolvers.get(text[:1], ()), *resolvers.get(None, ())]
    return next((tag for tag, pattern in candidates if pattern.match(text)), STR)


class Composer(yaml.CSafeLoader):
    """PyYAML's composer where nothing is resolved by its path, and what looks alike is looked at once."""

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        """Nothing is resolved by its path."""

    def ascend_resolver(self) -> None:
        """Nothing is resolved by its path."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """Tag of a node that has none written."""
        if kind is yaml.ScalarNode:
            return _implicit_tag(value) if implicit[0] else STR
        return SEQ if kind is yaml.SequenceNode else MAP
