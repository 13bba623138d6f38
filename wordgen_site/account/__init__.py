"""The pages at `/account/`: a user's own password and API keys, without the admin."""
