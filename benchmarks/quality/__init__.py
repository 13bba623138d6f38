"""How good the text under a list is: `python -m benchmarks.quality`."""
