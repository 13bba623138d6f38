"""/v1/wordlists: a user's wordlists, their revisions and their words.

A request of a key with the scope comes in; a list, a revision or words go out. `vocab` stores and
changes them.
"""
