"""Management commands: lint_wordlist, prepare_model and warmup."""
