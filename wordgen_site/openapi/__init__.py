"""The OpenAPI description of the whole API, and the page that shows it.

The descriptions of each operation come in from `generation` and `batches`; one document goes out.
"""
