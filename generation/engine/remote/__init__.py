"""The engine of another server process, used over HTTP.

In: the same requests as for a local engine. Out: the same handles.
"""
