"""OpenAI's older API, /v1/completions: a text that the reply continues, instead of messages."""
