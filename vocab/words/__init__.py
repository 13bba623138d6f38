"""The words of a list and the texts that they make, without Django, models or tokens.

List files, entries, a language and a style come in. `Vocabulary` goes out: the automaton that
accepts texts character by character, and the checker that examines finished texts.
"""
