// What n8n's nodes for OpenAI get from the server with their default settings, as one JSON object.
// Run as `node n8n.mjs MODULES BASE_URL KEY`; MODULES: the folder `node_modules` with its packages.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, baseURL, apiKey] = process.argv.slice(2);
const { resolve } = createRequire(pathToFileURL(`${modules}/`));
const { ChatOpenAI } = await import(pathToFileURL(resolve("@langchain/openai")));
const { tool } = await import(pathToFileURL(resolve("@langchain/core/tools")));
const found = {};

// "OpenAI Chat Model": LmChatOpenAi.node.js of @n8n/n8n-nodes-langchain 2.41.1.
const model = new ChatOpenAI({
  apiKey,
  model: "es-1000",
  maxRetries: 2,
  configuration: { baseURL, defaultHeaders: {} },
  modelKwargs: {
    prompt_cache_key: undefined,
    safety_identifier: undefined,
    service_tier: undefined,
    top_logprobs: undefined,
  },
  supportsStrictToolCalling: false,
  useResponsesApi: true,
});
const whole = await model.invoke("hola");
found.text = whole.text;
found.tokens = whole.usage_metadata.output_tokens;
found.streamed = "";
for await (const piece of await model.stream("hola")) found.streamed += piece.text;

// An agent sends its tools, and the conversation with the replies before.
const clock = tool(() => "noon", { name: "clock", description: "The time", schema: { type: "object" } });
const agent = model.bindTools([clock]);
found.tools = (await agent.invoke("hola")).text;
found.second = (await agent.invoke([["system", "Be brief."], ["user", "hola"], whole, ["user", "la casa"]])).text;

// "OpenAI", Message a Model: createRequest in vendors/OpenAi/v2/actions/text/helpers/responses.js.
const response = await fetch(`${baseURL}/responses`, {
  method: "POST",
  headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
  body: JSON.stringify({
    model: "es-1000",
    input: [{ role: "user", content: [{ type: "input_text", text: "hola" }] }],
    parallel_tool_calls: true,
    store: true,
    background: false,
  }),
});
const { output } = await response.json();
found.node = { status: response.status, text: output?.[0].content[0].text };

console.log(JSON.stringify(found));
