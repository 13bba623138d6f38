"""Which tokens may come next, so that a reply has only listed words.

In: a vocabulary (`vocab.words.vocabulary`) and a tokenizer. Out: a `ConstraintSession`
(`session.py`), which maps a state to its allowed token ids and a token to the next state. Needs
neither torch nor Django.
"""
