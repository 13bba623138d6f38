"""A report on a wordlist under a tokenizer, for the admin and `manage.py lint_wordlist`.

In: a lexicon and a tokenizer. Out: `WordlistLint`: words that cannot be written, words of many
tokens, and the number of reachable tokens.
"""
