"""OpenAPI descriptions of the request and response bodies.

Imported only when the description is made.
"""
