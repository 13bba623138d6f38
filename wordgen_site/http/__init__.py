"""The HTTP layers around the views: middleware, log redaction, early errors, daphne.

ASGI messages come in; responses that all have a request id go out.
"""
