"""What differs between deployments, read once from `LEADLINE_*` in `app.py`; what we promise stands in the handbook."""
