"""The wire format of POST /v1/responses: its fields, its input, its reply and its events.

A request becomes the fields of a chat request with the same meaning. Nothing is stored.
"""
