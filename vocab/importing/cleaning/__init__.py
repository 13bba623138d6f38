"""Turns a cell into entries: what is removed, split and joined."""
