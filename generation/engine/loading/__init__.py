"""Load a model, or only its tokenizer or its context length, from a folder or Hugging Face.

In: a folder or a Hugging Face id, and options. Out: a LoadedModel, a LoadedTokenizer or a number.
Every failure is a ModelUnavailable whose message is for the user.
"""
