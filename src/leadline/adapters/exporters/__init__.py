"""What Leadline found, in the files of other programs."""

from __future__ import annotations

FORMATS = {
    "sarif": "leadline.adapters.exporters.sarif:sarif",
    "junit": "leadline.adapters.exporters.junit:junit",
}
"""Name of each form → what writes it; imported when it is first wanted."""
