"""Makes the engine of this process from the settings, and hands it out.

Settings come in; one engine per process goes out, local or remote, and the tokenizer without a
model. The model that is part of the installation is converted here.
"""
