"""Where the handbooks that come with Leadline stand: in the wheel beside the package, in a checkout at its root."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from leadline.errors import NotFound


def shipped(name: str) -> Path:
    """
    Folder of a handbook that comes with Leadline.

    Raises:
        NotFound: none has this name; the message lists those there are.

    >>> shipped("starter").name
    'starter'
    """
    package = Path(str(files("leadline")))
    places = [package / "handbooks", package.parents[1] / "handbooks"]
    root = next((place for place in places if place.is_dir()), places[0])
    names = sorted(folder.name for folder in root.iterdir() if folder.is_dir()) if root.is_dir() else []
    if name not in names:
        raise NotFound(f"no handbook named {name!r} is shipped; there are {', '.join(names) or 'none'}")
    return root / name
