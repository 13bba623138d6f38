"""Management commands: lint_wordlist, model_alias, prepare_model and warmup."""
