"""The HTTP views: chat completions, models, tokenizer, and the engine for other processes.

An authenticated HTTP request comes in; a JSON response or a stream of events goes out.
"""
