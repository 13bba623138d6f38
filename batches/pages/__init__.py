"""The page /jobs/ for logged-in users.

Actions on jobs come in by WebSocket. The state of the jobs goes out every second, and results go
out as downloads.
"""
