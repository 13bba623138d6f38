"""Validation of uploaded prompts and storage of new jobs.

An uploaded JSON list, or the lines of a batch's file, come in as bytes. Validated items and stored
jobs with their first queue message go out. The worker uses the parsers of lines too.
"""
