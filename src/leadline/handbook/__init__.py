"""The handbook: YAML becomes typed, frozen specs, with every mistake found at once."""
