"""Request fields of other servers (vLLM, SGLang, llama.cpp, Ollama, text-generation-webui).

Clients send them to every server. A field is another name of ours, or has no effect here, or is
accepted with the values that leave the reply as it is. All other fields are unknown, which is an
error. docs/fields.md has this table; a test compares the two.
"""

from __future__ import annotations

import json

from django.conf import settings

from generation.openai.fields.strict_serializer import Refusal

# Other names of our fields.
ALIASES = {
    "repeat_penalty": "repetition_penalty",
    "max_new_tokens": "max_tokens",
    "n_predict": "max_tokens",
    "num_predict": "max_tokens",
}

# They set how a server works, not what the reply says, or belong to a sampler that must be off.
WITHOUT_EFFECT = frozenset(
    {
        # the server's context, threads and memory
        "cache_prompt",
        "cache_salt",
        "keep_alive",
        "low_vram",
        "main_gpu",
        "num_batch",
        "num_ctx",
        "num_gpu",
        "num_thread",
        "numa",
        "prompt_cache_options",
        "use_mlock",
        "use_mmap",
        # names and order of requests
        "priority",
        "request_id",
        # the text of control tokens, which no reply has
        "spaces_between_special_tokens",
        # settings of samplers that are off
        "dynatemp_exponent",
        "mirostat_eta",
        "mirostat_tau",
        "smoothing_curve",
        "xtc_threshold",
    }
)


def _only(*values: object) -> Refusal:
    shown = " or ".join(map(json.dumps, values))
    return Refusal(
        "unsupported_value", f"This server does not support it; only {shown} is accepted.", values
    )


# Fields that would change the reply, and the values that do not.
NEUTRAL = {
    "add_generation_prompt": _only(True),
    "add_special_tokens": _only(False),
    "bad_words": _only([]),
    "best_of": _only(1),
    "chat_template_kwargs": _only({}, {"enable_thinking": settings.ENABLE_THINKING}),
    "continue_final_message": _only(False),
    "dynatemp_range": _only(0),
    "early_stopping": _only(False),
    "echo": _only(False),
    "encoder_repetition_penalty": _only(1),
    "epsilon_cutoff": _only(0),
    "eta_cutoff": _only(0),
    "include_stop_str_in_output": _only(False),
    "mirostat": _only(0),
    "mirostat_mode": _only(0),
    "no_repeat_ngram_size": _only(0),
    "penalty_alpha": _only(0),
    "repeat_last_n": _only(-1),
    "return_token_ids": _only(False),
    "return_tokens_as_token_ids": _only(False),
    "skip_special_tokens": _only(True),
    "smoothing_factor": _only(0),
    "stop_token_ids": _only([]),
    "tfs_z": _only(1),
    "top_a": _only(0),
    "top_n_sigma": _only(-1, 0),
    "typical": _only(1),
    "typical_p": _only(1),
    "use_beam_search": _only(False),
    "xtc_probability": _only(0),
}
