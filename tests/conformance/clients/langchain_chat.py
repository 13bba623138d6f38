"""LangChain's ChatOpenAI. Run by `environments.run_script`."""

from __future__ import annotations

import json
import sys

from langchain_openai import ChatOpenAI

request = json.loads(sys.argv[1])
model = ChatOpenAI(
    base_url=request["base_url"],
    api_key=request["key"],
    model=request["model"],
    max_tokens=request["max_tokens"],
    stream_usage=True,
    extra_body=request["fields"],
)
whole = model.invoke(request["prompt"])
pieces = list(model.stream(request["prompt"]))
batch = model.batch([request["prompt"]] * 2)
usages = [piece.usage_metadata for piece in pieces if piece.usage_metadata]
json.dump(
    {
        "texts": [whole.text, *(each.text for each in batch)],
        "streamed": "".join(piece.text for piece in pieces),
        "tokens": [usage["output_tokens"] for usage in (whole.usage_metadata, *usages)],
        "finish": whole.response_metadata["finish_reason"],
    },
    sys.stdout,
)
