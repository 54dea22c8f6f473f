"""The guarded way out: which addresses may be asked, and requests to those alone."""
