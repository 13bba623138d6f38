"""The dictionaries of hunspell and the rules in their .aff files."""
