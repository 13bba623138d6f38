"""The default constraint: a word is written only by the tokens that the tokenizer encodes it to.

In: a lexicon, a style and a tokenizer. Out: `TokenAutomaton`. The paths of the words come from
`word_paths.py`, the marks between them from `mark_tokens.py`, and the rows near the token limit
from `end_distance.py`.
"""
