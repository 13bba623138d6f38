"""Forward passes of a model: its key-value cache, output head and the logits of each row.

In: tokens for some rows of a cache, and what each row needs to know of the logits. Out: a RowLogits
for each row. On a CPU each decoding run gathers its allowed scores from it (`gather_cpu`); on a GPU
the logits are masked and reduced before they are copied (`gpu_logits`).
"""
