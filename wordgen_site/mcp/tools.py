"""The tools. Their names, descriptions and parameters are what a model reads of them."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from wordgen_site import __version__
from wordgen_site.mcp.in_process import ApiRefusal, InProcessApi

# The key of the ASGI scope under which a tool finds the API.
API = "wordgen.api"

server = MCPServer(
    "wordgen",
    version=__version__,
    instructions="Writes texts for learners with the words of a list only, and checks which words"
    " of a text are on a list. Call list_wordlists first for the names of the lists.",
)

Wordlist = Annotated[
    str | None,
    Field(description="Name of a wordlist, such as es. May be left out if the key binds one."),
]
FirstWords = Annotated[
    int | None,
    Field(ge=1, description="Allow only this number of the list's first words. All if left out."),
]


def _api(context: Context[Any, Any]) -> InProcessApi:
    request: Any = context.request_context.request
    api: InProcessApi = request.scope[API]
    return api


def _limits(wordlist: str | None, n_words: int | None) -> dict[str, Any]:
    return {"vocab_lang": wordlist, "vocab_n_words": n_words}


@server.tool()
async def list_wordlists(
    context: Context[Any, Any],
    language: Annotated[
        str | None, Field(description="Only lists of this language, as a tag such as es.")
    ] = None,
) -> list[dict[str, Any]]:
    """List the wordlists that you may use: their names, languages and sizes."""
    query = {} if language is None else {"language": language}
    names = ("slug", "title", "language", "word_count", "ranked")
    try:
        page = await _api(context).get("/v1/wordlists", limit="100", **query)
    except ApiRefusal as error:
        raise ToolError(str(error)) from error
    return [{name: each[name] for name in names} for each in page["data"]]


@server.tool()
async def check_text(
    context: Context[Any, Any],
    text: Annotated[str, Field(description="The text to check.")],
    wordlist: Wordlist = None,
    n_words: FirstWords = None,
) -> dict[str, Any]:
    """Check a text against a wordlist: the words off the list with their places, how rare the
    other words are, and the number of words of each sentence.
    """
    try:
        body = await _api(context).post("/v1/vocab/check", input=text, **_limits(wordlist, n_words))
    except ApiRefusal as error:
        raise ToolError(str(error)) from error
    report: dict[str, Any] = body["results"][0]["vocab_report"]
    details = report.pop("details")
    names = ("text", "start", "end", "rank")
    report["out_of_list"] = [
        {name: word[name] for name in names} for word in details["words"] if not word["listed"]
    ]
    report["sentence_lengths"] = [sentence["words"] for sentence in details["sentences"]]
    kept = ("coverage", "bands", "mean_rank", "highest_rank")
    return report | {name: details[name] for name in kept}


@server.tool()
async def write(
    context: Context[Any, Any],
    prompt: Annotated[str, Field(description="What to write, such as: a story about a dog.")],
    wordlist: Wordlist = None,
    n_words: FirstWords = None,
    max_tokens: Annotated[
        int | None, Field(ge=1, description="The most tokens of the text.")
    ] = None,
) -> dict[str, Any]:
    """Write a text that has only words of a wordlist. Returns it with a report on its words."""
    try:
        body = await _api(context).post(
            "/v1/chat/completions",
            messages=[{"role": "user", "content": prompt}],
            max_tokens=max_tokens,
            **_limits(wordlist, n_words),
        )
    except ApiRefusal as error:
        raise ToolError(str(error)) from error
    [choice] = body["choices"]
    return {
        "text": choice["message"]["content"],
        "finish_reason": choice["finish_reason"],
        "wordlist": body.get("wordlist"),
        "vocab_report": body.get("vocab_report"),
    }
