"""Changes the entries of a list in memory, and compares two versions. No Django here.

Entries and operations come in; new entries and what was done with each word go out.
`vocab.revisions.revise` stores the result as a revision.
"""
