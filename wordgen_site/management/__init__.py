"""Management commands: setup and serve."""
