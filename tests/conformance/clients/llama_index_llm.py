"""LlamaIndex. Run by `environments.run_script`."""

from __future__ import annotations

import json
import sys

from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike

request = json.loads(sys.argv[1])
Model, options = {
    "OpenAI": (OpenAI, {}),
    "OpenAILike": (OpenAILike, {}),
    "OpenAILike chat": (OpenAILike, {"is_chat_model": True}),
}[request["kind"]]
llm = Model(
    api_base=request["base_url"],
    api_key=request["key"],
    model=request["model"],
    max_tokens=request["max_tokens"],
    temperature=request["temperature"],
    additional_kwargs={"extra_body": request["fields"]},
    **options,
)
whole = llm.complete(request["prompt"])
pieces = list(llm.stream_complete(request["prompt"]))
json.dump(
    {
        "texts": [whole.text],
        "streamed": pieces[-1].text,
        "tokens": [whole.raw.usage.completion_tokens],
        "finish": whole.raw.choices[0].finish_reason,
    },
    sys.stdout,
)
