"""The constraint that allows any tokens with the bytes of a listed word.

In: a text automaton (`vocab.words.text_automaton`) and the bytes of a tokenizer's tokens. Out:
`SpellingAutomaton`. Languages without spaces need it, because there a token can span words.
"""
