"""Checks finished texts against a list, independently of the logit mask."""
