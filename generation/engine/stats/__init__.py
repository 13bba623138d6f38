"""Counters and histograms of the engine.

In: events, from the engine's thread and from the threads that submit requests. Out: a Snapshot for
the admin page, and numbers and histograms for Prometheus, which any thread may read.
"""
