// What OpenAI's JavaScript client gets from the server, as one JSON object.
// Run as `node npm_client.mjs MODULES BASE_URL KEY`; MODULES: the folder `node_modules` with `openai`.

import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, baseURL, apiKey] = process.argv.slice(2);
const { default: OpenAI, toFile } = await import(pathToFileURL(`${modules}/openai/index.mjs`));
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const model = "SmolLM2-135M-Instruct";
const chat = (text, fields = {}, using = client) =>
  using.chat.completions.create({ model, messages: [{ role: "user", content: text }], ...fields });

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    const { name, status, code, param, type, requestID } = error;
    return { kind: error.constructor.name, name, status, code, param, type, requestID };
  }
  return null;
};

const found = {};
found.plain = await chat("say uno dos", { vocab_lang: "es" });
found.several = (await chat("say uno dos", { n: 2 })).choices.map((each) => each.message.content);

const continued = await client.completions.create({
  model,
  prompt: ["say uno dos", "say tres"],
  echo: true,
  vocab_lang: "es",
});
found.continued = continued.choices.map((each) => each.text);
found.continuedReport = continued.vocab_report;
found.continuedStream = "";
for await (const chunk of await client.completions.create({ model, prompt: "say uno dos", stream: true }))
  found.continuedStream += chunk.choices[0].text;

const texts = ["", ""];
const chunks = await chat("say uno dos tres", {
  n: 2,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of chunks) {
  for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? "";
  if (chunk.usage) found.usage = chunk.usage;
}
found.streamed = texts;

const stopped = await chat("hold", { stream: true });
for await (const chunk of stopped) if (chunk.choices[0].delta.content) break;

found.unknown = await failure(chat("say x", { vocab_n_word: 3 }));
found.model = await failure(client.chat.completions.create({ model: "gpt-9", messages: [] }));
found.missing = await failure(client.models.retrieve("gpt-9"));
found.broken = await failure(chat("break plainly"));
found.later = await failure(
  (async () => {
    const begun = await chat("break later", { stream: true });
    for await (const chunk of begun) {
      if (chunk.choices[0].delta.content) await fetch(new URL("/fail-now", baseURL));
    }
  })(),
);

const respond = (input, fields = {}) => client.responses.create({ model, input, ...fields });
found.response = await respond("say uno dos", { vocab_lang: "es", instructions: "Be brief." });
found.events = [];
for await (const event of await respond("say uno dos", { stream: true })) found.events.push(event);
const accumulated = await client.responses
  .stream({ model, input: "say uno dos tres", max_output_tokens: 2 })
  .finalResponse();
found.accumulated = { status: accumulated.status, text: accumulated.output_text };
found.stored = await failure(client.responses.retrieve(found.response.id));
found.previous = await failure(respond("say x", { previous_response_id: "resp_1" }));
found.failed = await failure(
  (async () => {
    for await (const event of await respond("break later", { stream: true })) {
      if (event.type === "response.output_text.delta") await fetch(new URL("/fail-now", baseURL));
    }
  })(),
);

found.key = await failure(chat("say x", {}, new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 })));

found.models = [];
for await (const each of client.models.list()) found.models.push(each.id);

const lines = ["a", "b"].map((custom_id) =>
  JSON.stringify({
    custom_id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content: "say uno" }] },
  }),
);
const text = `${lines.join("\n")}\n`;
const file = await client.files.create({
  file: await toFile(Buffer.from(text), "in.jsonl"),
  purpose: "batch",
});
const contentOf = async ({ id }) => (await client.files.content(id)).text();
found.same = (await contentOf(file)) === text;

const folder = mkdtempSync(join(tmpdir(), "npm-client-"));
try {
  const path = join(folder, "streamed.jsonl");
  writeFileSync(path, text);
  const streamed = await client.files.create({ file: createReadStream(path), purpose: "batch" });
  found.streamedFile = {
    name: streamed.filename,
    bytes: streamed.bytes === text.length,
    same: (await contentOf(streamed)) === text,
  };
  await client.files.delete(streamed.id);
} finally {
  rmSync(folder, { recursive: true });
}
const batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
});
found.batch = { status: batch.status, input: batch.input_file_id === file.id };
found.listed = [];
for await (const each of client.batches.list({ limit: 1 })) found.listed.push(each.id === batch.id);
found.cancelled = (await client.batches.cancel(batch.id)).status;
found.deleted = (await client.files.delete(file.id)).deleted;

console.log(JSON.stringify(found));
