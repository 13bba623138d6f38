"""A tokenizer as the constraint needs it: the bytes of its tokens, and many words encoded at once.

In: the serialised tokenizer and its encode function. Out: `TokenTable`, and the token paths of
spellings from `WordEncoder`, as flat arrays (`ragged.py`).
"""
