// What the Vercel AI SDK gets from the server, as one JSON object.
// Run as `node ai_sdk.mjs MODULES BASE_URL KEY`; MODULES: the folder `node_modules` with its packages.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, baseURL, apiKey] = process.argv.slice(2);
const { resolve } = createRequire(pathToFileURL(`${modules}/`));
const { generateText, jsonSchema, Output, streamText, tool } = await import(
  pathToFileURL(resolve("ai"))
);
const { createOpenAI } = await import(pathToFileURL(resolve("@ai-sdk/openai")));
const { createOpenAICompatible } = await import(
  pathToFileURL(resolve("@ai-sdk/openai-compatible"))
);
globalThis.AI_SDK_LOG_WARNINGS = false;
const model = createOpenAI({ baseURL, apiKey })("SmolLM2-135M-Instruct");
const ask = { model, maxRetries: 0 };

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return { status: error.statusCode, message: error.message };
  }
  return null;
};

const found = {};
const plain = await generateText({ ...ask, system: "Be brief.", prompt: "say uno dos" });
found.plain = {
  text: plain.text,
  finish: plain.finishReason,
  usage: plain.usage,
  body: plain.response.body,
};
found.cut = await generateText({ ...ask, prompt: "say uno dos tres", maxOutputTokens: 2 }).then(
  ({ text, finishReason }) => ({ text, finish: finishReason }),
);

const streamed = streamText({ ...ask, prompt: "say uno dos", temperature: 0.5, topP: 0.9 });
found.pieces = [];
for await (const piece of streamed.textStream) found.pieces.push(piece);
found.streamed = { finish: await streamed.finishReason, usage: await streamed.usage };

const listed = createOpenAI({
  baseURL,
  apiKey,
  fetch: (url, init) => {
    const body = { ...JSON.parse(init.body), vocab_lang: "es" };
    return fetch(url, { ...init, body: JSON.stringify(body) });
  },
})("SmolLM2-135M-Instruct");
const report = await generateText({ ...ask, model: listed, prompt: "say la casa" });
found.list = { text: report.text, report: report.response.body.vocab_report };

const alias = await generateText({
  ...ask,
  model: createOpenAI({ baseURL, apiKey })("es-1000"),
  prompt: "say la casa",
});
found.alias = { text: alias.text, report: alias.response.body.vocab_report };

const weather = tool({
  description: "The weather",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
});
found.tools = (await generateText({ ...ask, prompt: "say uno", tools: { weather } })).text;

// The second turn of a conversation: what the first returned is sent back.
const messages = [{ role: "user", content: "say uno" }];
const first = await generateText({ ...ask, messages });
messages.push(...first.response.messages, { role: "user", content: "say dos" });
found.second = await failure(generateText({ ...ask, messages }));
const openai = { store: false };
found.unstored = (await generateText({ ...ask, messages, providerOptions: { openai } })).text;

found.json = await failure(
  generateText({
    ...ask,
    prompt: "say x",
    output: Output.object({ schema: jsonSchema({ type: "object", properties: {} }) }),
  }),
);
found.broken = await failure(generateText({ ...ask, prompt: "break plainly" }));
const errors = [];
const breaking = streamText({
  ...ask,
  prompt: "break later",
  onError: ({ error }) => errors.push(error.message),
});
for await (const piece of breaking.textStream) if (piece) await fetch(new URL("/fail-now", baseURL));
found.later = errors;

const wordgen = createOpenAICompatible({ name: "wordgen", baseURL, apiKey, includeUsage: true });
const inList = {
  ...ask,
  model: wordgen("SmolLM2-135M-Instruct"),
  providerOptions: { wordgen: { vocab_lang: "es" } },
};
const compatible = await generateText({ ...inList, prompt: "say la casa" });
const compatibleStream = streamText({ ...inList, prompt: "say la casa" });
const turns = [{ role: "user", content: "say uno" }];
turns.push(...(await generateText({ ...inList, messages: turns })).response.messages);
turns.push({ role: "user", content: "say dos" });
found.compatible = {
  text: compatible.text,
  report: compatible.response.body.vocab_report,
  streamed: await compatibleStream.text,
  usage: [compatible.usage.outputTokens, (await compatibleStream.usage).outputTokens],
  turns: (await generateText({ ...inList, messages: turns })).text,
  continued: (
    await generateText({
      ...ask,
      model: wordgen.completionModel("SmolLM2-135M-Instruct"),
      prompt: "say uno dos",
    })
  ).response.body.object,
};

console.log(JSON.stringify(found));
