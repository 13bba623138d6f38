"""The OpenAPI description of /v1/wordlists."""
