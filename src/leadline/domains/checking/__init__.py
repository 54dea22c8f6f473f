"""What is unwise in a handbook, what a change of it does to the budgets, and what its queries cost."""
