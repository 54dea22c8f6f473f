"""The pages: HTML that works alone, from the same operations as every other interface."""
