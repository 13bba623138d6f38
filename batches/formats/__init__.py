"""The formats in which jobs and results leave the server.

Rows of jobs, items and results come in. Response bodies, OpenAI's lines and streamed downloads go
out.
"""
