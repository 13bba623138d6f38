"""What a model needs to run fast on a CPU: weight formats, and the number of threads of a pass.

In: a model as transformers loads it. Out: the same model with its linear layers replaced. Models
on a GPU are not changed.
"""
