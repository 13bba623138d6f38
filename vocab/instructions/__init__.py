"""What the model is told about a wordlist, in the language of the list.

Each text is shipped for some languages. The admin can replace it and add other languages.
"""
