"""The state changes of a job that need no model: actions, closing, expiry, progress, retention.

Actions of users and the sweep come in. Conditional updates of the rows go out.
"""
