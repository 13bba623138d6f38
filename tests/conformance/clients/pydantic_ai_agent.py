"""Pydantic AI. Run by `environments.run_script`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

request = json.loads(sys.argv[1])
Model = {"chat": OpenAIChatModel, "responses": OpenAIResponsesModel}[request["kind"]]
agent = Agent(
    Model(
        request["model"],
        provider=OpenAIProvider(base_url=request["base_url"], api_key=request["key"]),
    ),
    model_settings={"max_tokens": request["max_tokens"], "extra_body": request["fields"]},
)


async def ask() -> dict[str, Any]:
    whole = await agent.run(request["prompt"])
    async with agent.run_stream(request["prompt"]) as stream:
        pieces = [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
    return {
        "texts": [whole.output],
        "streamed": "".join(pieces),
        "tokens": [whole.usage.output_tokens, stream.usage.output_tokens],
        "finish": whole.response.finish_reason,
    }


json.dump(asyncio.run(ask()), sys.stdout)
