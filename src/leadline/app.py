"""The only place where inside and outside meet."""
