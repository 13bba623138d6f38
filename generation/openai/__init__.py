"""OpenAI's wire format: request bodies, response bodies, errors.

JSON comes in and validated fields go out; completions and exceptions come in and JSON goes out.
Nothing here starts a generation.
"""
