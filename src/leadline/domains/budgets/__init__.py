"""Budgets: what is left of each objective's error budget, and at which level it stands."""
