"""What a person may want to change in a wordlist, and the changes. No Django, no tokens, no torch.

    words, language ──lint──▶ LintReport ──(a person chooses kinds)──▶ fix ──▶ Fixed

`kinds` has one module for each kind of finding. Whether a model can write the words is another
question: `generation.constraint.lint`.
"""
