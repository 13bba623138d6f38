"""The fields of requests and of query strings."""
