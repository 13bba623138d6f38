"""LiteLLM. Run by `environments.run_script`."""

from __future__ import annotations

import json
import sys
from typing import Any

import litellm

request = json.loads(sys.argv[1])


def ask(**options: Any) -> Any:
    return litellm.completion(
        model=f"openai/{request['model']}",
        api_base=request["base_url"],
        api_key=request["key"],
        messages=[{"role": "user", "content": request["prompt"]}],
        max_tokens=request["max_tokens"],
        extra_body=request["fields"],
        **options,
    )


whole = ask()
chunks = list(ask(stream=True, stream_options={"include_usage": True}))
usages = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None)]
json.dump(
    {
        "texts": [whole.choices[0].message.content],
        "streamed": "".join(
            choice.delta.content or "" for chunk in chunks for choice in chunk.choices
        ),
        "tokens": [usage.completion_tokens for usage in (whole.usage, *usages)],
        "finish": whole.choices[0].finish_reason,
    },
    sys.stdout,
)
