"""The engine's statistics: Prometheus metrics and a page in the admin.

The counters of this process's engine come in; reading them never loads a model.
"""
