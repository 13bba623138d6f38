"""Which column has the words, and what the others mean."""
