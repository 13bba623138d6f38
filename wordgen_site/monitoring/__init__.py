"""Endpoints for operators: health checks and Prometheus metrics of this process."""
