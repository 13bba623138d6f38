"""One chat request on its way to the engine and back.

Validated fields come in; the engine's requests, with a pinned wordlist, go out, and the handles of
their choices are waited for, streamed and cancelled together. The limit per API key is here.
"""
