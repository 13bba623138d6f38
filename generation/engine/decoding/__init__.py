"""How the tokens of one request are chosen: greedy search, sampling, backtracking, beam search.

In: the logits of each row after a pass. Out: tokens of the reply, and the rows of the next pass.
"""
