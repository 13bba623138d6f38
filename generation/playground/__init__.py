"""The page at / and its WebSocket, which streams one generation at a time.

Messages of the page come in and a chat body in them is validated as in the API; text deltas and the
finished reply go out.
"""
