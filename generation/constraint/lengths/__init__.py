"""The fewest and most words of a reply and of its sentences.

In: the constraint of a wordlist, which lists what may come next in groups
(`groups.py`). Out: `LengthSession`, a constraint that leaves out what would break a limit.
"""
