"""The Django app of wordlists: their revisions, the admin pages and the commands that load them.

List files come in through the admin or through management commands. `revisions.py` turns a
reference such as `es@3` into a `Vocabulary`, which is what `generation` uses.
"""
