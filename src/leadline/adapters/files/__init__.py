"""Files that people exchange."""
