"""The kinds of findings, one module for each: `KIND`, and `find(subject)`.

`find` returns a `Finding`, or None if the list has no such entry. It raises `CannotCheck`.
"""
