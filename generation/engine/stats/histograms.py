"""The engine's histograms, with the names that they have in vLLM."""

from __future__ import annotations

from generation.histogram import COUNTS, FEW, LONG, SHORT, Histogram


class Histograms:
    def __init__(self) -> None:
        self.time_to_first_token_seconds = Histogram(SHORT)
        self.inter_token_latency_seconds = Histogram(SHORT)
        self.e2e_request_latency_seconds = Histogram(LONG)
        self.request_queue_time_seconds = Histogram(LONG)
        self.request_inference_time_seconds = Histogram(LONG)
        self.request_prefill_time_seconds = Histogram(LONG)
        self.request_decode_time_seconds = Histogram(LONG)
        self.request_prompt_tokens = Histogram(COUNTS)
        self.request_generation_tokens = Histogram(COUNTS)
        self.request_params_n = Histogram(FEW)
        self.request_params_max_tokens = Histogram(COUNTS)
        self.iteration_tokens_total = Histogram(COUNTS)
