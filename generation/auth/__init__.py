"""API keys and the authentication of API requests.

A request's token comes in; the key and its user go out, or a 401.
"""
