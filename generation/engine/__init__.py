"""The engine: it answers requests with a language model, many at a time.

In: a GenerationRequest. Out: a Handle that streams text and ends with a Completion. Only this
package imports torch at module level, and nothing here imports Django.
"""
