"""Which rows the next pass computes: admission, prefill, decoding, preemption, the prefix cache.

In: sequence groups that join or leave. Out: tokens that each group accepts after each pass.
"""
