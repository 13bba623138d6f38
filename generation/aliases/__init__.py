"""Model aliases: names of models that bind a wordlist, and API keys that are bound to one.

The body of a request and its API key come in; the fields with what they bind come out, or an error.
"""
