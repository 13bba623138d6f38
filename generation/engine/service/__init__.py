"""The engine's thread, the bounded queue before it and the engine's health.

In: requests from any thread. Out: handles, which the engine's thread finishes or fails.
"""
