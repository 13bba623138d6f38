"""The two ends of a request: from messages to token ids, and from tokens to text.

In: a GenerationRequest, later its sampled tokens. Out: the input of a decoding run, later text,
log-probabilities and the completion.
"""
