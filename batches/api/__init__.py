"""The HTTP API of jobs, batches and files, with its OpenAPI description.

Requests of OpenAI's clients and of /v1/batch/jobs come in. Response bodies from `formats` go out.
"""
