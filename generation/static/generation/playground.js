// The playground: reads the form, talks to /ws/playground/, shows the answer and its report.
"use strict";

const NOT_LOGGED_IN = 4401;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10000;
const LOADING_MS = 1000;
const LAST_LIST = "wordgen-last-list";

const byId = (id) => document.getElementById(id);
const form = byId("form");
const model = byId("model");
const list = byId("vocab_lang");
const words = byId("vocab_n_words");
const answer = byId("answer");
const statusLine = byId("status");
const writeButton = byId("write");
const stopButton = byId("stop");

const number = new Intl.NumberFormat("en");
const count = (n, one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`;

const INTEGERS = ["max_tokens", "top_k", "num_beams", "seed"];
const DECIMALS = ["temperature", "top_p", "min_p", "repetition_penalty"];
const OPTIONS = [...INTEGERS, ...DECIMALS];
const ORDINARY = Object.fromEntries(OPTIONS.map((name) => [name, byId(name).placeholder]));
const STYLES = ["vocab_numbers", "vocab_punctuation", "vocab_case", "vocab_hyphens", "vocab_brackets"];
const SWITCHES = ["vocab_tell_model", "vocab_draft", "vocab_repeat_sentences"];
const WORDS = ["vocab_names", "vocab_allow", "vocab_ban"];
const OF_LISTS = [...STYLES, ...SWITCHES, ...WORDS, "vocab_particles"];

// --- the form ------------------------------------------------------------------------------------

/** The number in a field. Above 2**53 it stays text, which the server accepts too. */
function numberIn(field) {
  const value = Number(field.value);
  return INTEGERS.includes(field.name) && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? field.value
    : value;
}

/** The API body of the form, without empty fields. */
function requestBody() {
  const body = { model: model.value, messages: [] };
  const system = byId("system").value.trim();
  if (system) body.messages.push({ role: "system", content: system });
  body.messages.push({ role: "user", content: byId("prompt").value });
  if (list.value) {
    // What the model fixes is not sent.
    if (!list.disabled) body.vocab_lang = list.value;
    if (isRanked() && isOwn(words)) body.vocab_n_words = Number(words.value);
    for (const name of STYLES) if (isOwn(byId(name))) body[name] = byId(name).value;
    for (const name of SWITCHES) if (isOwn(byId(name))) body[name] = byId(name).value === "true";
    for (const name of WORDS) if (isOwn(byId(name))) body[name] = wordsIn(byId(name));
    if (isOwn(byId("vocab_particles"))) body.vocab_particles = numberIn(byId("vocab_particles"));
  }
  for (const name of OPTIONS) {
    const field = byId(name);
    if (field.value !== "") body[name] = numberIn(field);
  }
  return body;
}

/** The words of a field, which commas separate. */
function wordsIn(field) {
  return field.value.split(",").map((word) => word.trim()).filter(Boolean);
}

/** Whether the user has set a field. */
function isOwn(field) {
  return field.value.trim() !== "" && !field.disabled;
}

let replaced = []; // [field, value] of the fields that the chosen model fixes

/** Show what the chosen model binds: fixed fields, and other defaults of the options. */
function showBound() {
  const { list: slug, bound } = model.selectedOptions[0].dataset;
  const values = bound ? JSON.parse(bound) : {};
  for (const [field, value] of replaced) field.value = value;
  replaced = [];
  for (const field of [list, words, ...OF_LISTS.map(byId)]) {
    field.disabled = field.name in values;
    if (!field.disabled) continue;
    replaced.push([field, field.value]);
    field.value = field === list ? slug : values[field.name];
  }
  for (const name of OPTIONS) byId(name).placeholder = values[name] ?? ORDINARY[name];
  const { vocab_lang: reference, vocab_n_words: n, ...others } = values;
  const defaults = Object.entries(others).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  byId("model-hint").textContent = reference
    ? [`Writes with ${reference}`, n ? `its first ${count(n, "word")}` : "", ...defaults].filter(Boolean).join(", ")
    : "";
}

/** Select the list that the address names, or that was used last, or one in a language of the
 * browser (that for learners before others), or English. */
function chooseFirstList() {
  const lists = [...list.options];
  const named = new URLSearchParams(location.search).get("list");
  const last = named && lists.some((each) => each.value === named) ? named : localStorage.getItem(LAST_LIST);
  const languages = [...navigator.languages, "en"].map((tag) => tag.split("-")[0]);
  const inLanguage = (tag) =>
    lists.find((each) => each.value === `${tag}-learner`) ??
    lists.find((each) => each.value === tag) ??
    lists.find((each) => each.dataset.language === tag);
  const first = lists.find((each) => each.value === last) ?? languages.map(inLanguage).find(Boolean);
  if (first) first.selected = true;
}

function chosen() {
  return list.selectedOptions[0];
}

/** Without an order of rank, a list has no first words. */
function isRanked() {
  return "ranked" in chosen().dataset;
}

function showChoices() {
  const limited = list.value !== "";
  byId("words-field").hidden = !isRanked();
  for (const field of document.querySelectorAll("[data-needs-list]")) field.hidden = !limited;
  if (limited) {
    const length = Number(chosen().dataset.words);
    const hint = byId("vocab_n_words-hint");
    words.placeholder = `all ${number.format(length)}`;
    hint.textContent =
      Number(words.value) > length
        ? `The list has ${count(length, "word")}: all are used.`
        : words.value === ""
          ? `All of its ${count(length, "word")}.`
          : `of its ${count(length, "word")}, the most used first.`;
    for (const chip of document.querySelectorAll(".chip")) {
      chip.hidden = words.disabled || (Number(chip.dataset.words) >= length && chip.dataset.words !== "");
      chip.setAttribute("aria-pressed", String(chip.dataset.words === words.value));
    }
  }
  const set = [...OPTIONS, ...(list.value ? OF_LISTS : []), "system"].filter((name) => isOwn(byId(name))).length;
  byId("more-set").textContent = set ? `${set} set` : "";
  showCurl();
}

function showCurl() {
  // A large seed is text in this page, but a number in the API.
  const body = JSON.stringify(requestBody(), null, 2).replace(/^(  "seed": )"(-?\d+)"/m, "$1$2");
  // In single quotes a shell changes nothing; only a single quote must be escaped.
  const quoted = body.replaceAll("'", "'\\''");
  byId("curl").textContent = [
    `curl ${location.origin}${form.dataset.apiPath} \\`,
    '  -H "Authorization: Bearer $WORDGEN_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${quoted}'`,
  ].join("\n");
}

// --- errors --------------------------------------------------------------------------------------

/** The field of an error's `param`, or null. */
function fieldOf(param, body) {
  const message = /^messages\[(\d+)\]/.exec(param);
  if (message) return byId(body.messages[Number(message[1])]?.role === "system" ? "system" : "prompt");
  if (param.startsWith("messages")) return byId("prompt");
  const field = byId(param.replace(/\[\d+\]$/, "")); // vocab_names[2] is one of the names
  return field && form.contains(field) && param.startsWith(field.name) ? field : null;
}

function showFieldError(field, message) {
  field.setAttribute("aria-invalid", "true");
  byId(`${field.id}-error`).textContent = message;
}

function clearFieldError(field) {
  field.removeAttribute("aria-invalid");
  const place = byId(`${field.id}-error`);
  if (place) place.textContent = "";
}

function clearErrors() {
  byId("error").hidden = true;
  form.querySelectorAll("[aria-invalid]").forEach(clearFieldError);
}

function reveal(field) {
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

/** Show the message at its field, or above the answer. Return a text for the status line. */
function showError({ message, param }, body) {
  const field = param ? fieldOf(param, body) : null;
  if (field && !field.closest("[hidden]")) {
    // The message is beside its field, so it does not repeat the field's name.
    const text = message.startsWith(`${param}: `) ? message.slice(param.length + 2) : message;
    showFieldError(field, text);
    reveal(field);
    return `Not written: check “${form.querySelector(`label[for="${field.id}"]`).textContent.trim()}”`;
  }
  const place = byId("error");
  place.textContent = message;
  place.hidden = false;
  return "Not written";
}

/** Errors that the browser finds without the server. */
function formIsReady() {
  const prompt = byId("prompt");
  const garbled = [...form.querySelectorAll('input[type="number"]')].find(
    (field) => field.validity.badInput && !field.closest("[hidden]"),
  );
  if (garbled) showFieldError(garbled, "Enter a number.");
  if (!prompt.value.trim()) showFieldError(prompt, "Write a prompt first.");
  const wrong = garbled ?? (prompt.hasAttribute("aria-invalid") ? prompt : null);
  if (wrong) reveal(wrong);
  return !wrong;
}

// --- one generation ------------------------------------------------------------------------------

let running = null; // { id, body, since }
let lastId = 0;

/** Set the status. The tally changes many times a second, so screen readers skip it. */
function setStatus(text, tally = "") {
  if (statusLine.textContent !== text) statusLine.textContent = text;
  byId("tally").textContent = tally;
}

/** Whether the end of the text is visible. If so, the page scrolls along as the text grows. */
function endIsInView() {
  const { bottom } = answer.getBoundingClientRect();
  const margin = parseFloat(getComputedStyle(answer).scrollMarginBottom);
  return bottom > 0 && bottom + margin <= innerHeight + 2; // scroll positions are whole pixels
}

/** An estimate for the status line. The report has the exact number. */
function wordsSoFar() {
  return answer.textContent.trim().split(/\s+/).filter(Boolean).length;
}

function setRunning(generation) {
  running = generation;
  const busy = generation !== null;
  const hadFocus = [writeButton, stopButton].includes(document.activeElement);
  writeButton.hidden = busy;
  stopButton.hidden = !busy;
  if (hadFocus) (busy ? stopButton : writeButton).focus();
  answer.classList.toggle("writing", busy);
  answer.setAttribute("aria-busy", String(busy));
}

function start() {
  if (running || !isOpen()) return;
  clearErrors();
  if (!formIsReady()) return;
  const body = requestBody();
  lastId += 1;
  answer.textContent = "";
  answer.lang = chosen().dataset.language ?? "";
  byId("report").hidden = true;
  byId("copy").hidden = true;
  byId("empty").hidden = true;
  setRunning({ id: lastId, body, since: performance.now() });
  setStatus("Sent…");
  const result = document.querySelector(".result");
  if (result.getBoundingClientRect().top > innerHeight / 2) result.scrollIntoView();
  socket.send(JSON.stringify({ type: "generate", id: lastId, request: body }));
}

function stop() {
  if (running && isOpen()) {
    setStatus("Stopping…");
    socket.send(JSON.stringify({ type: "cancel" }));
  }
}

function finish(text) {
  setRunning(null);
  setStatus(text);
  byId("copy").hidden = answer.textContent === "";
  byId("empty").hidden = answer.textContent !== "" || !byId("error").hidden;
}

const handlers = {
  started() {
    setStatus("Reading the prompt…");
  },
  waiting({ loading }) {
    const seconds = Math.round((performance.now() - running.since) / 1000);
    setStatus(
      loading
        ? "Waiting: the model is loading…"
        : running.body.vocab_draft
          ? "Writing a draft, or waiting for the model…"
          : running.body.num_beams > 1
            ? "Searching with beams, or waiting for the model…"
            : "Waiting: the model is busy with other requests…",
      `${seconds} s`,
    );
  },
  delta({ text }) {
    const followed = endIsInView();
    answer.append(text);
    if (followed && !endIsInView()) answer.scrollIntoView({ block: "end" });
    setStatus("Writing…", count(wordsSoFar(), "word"));
  },
  done(message) {
    answer.textContent = message.text;
    showReport(message);
    finish(message.text ? "Done" : "Done: the answer is empty");
  },
  cancelled() {
    const kept = wordsSoFar();
    finish(kept ? `Stopped after ${count(kept, "word")}` : "Stopped");
  },
  error(message) {
    const said = showError(message, running.body);
    finish(answer.textContent ? "Interrupted" : said);
  },
};

function receive(message) {
  if (running && message.id === running.id) {
    handlers[message.type]?.(message);
  } else if (message.type === "error" && message.id === null) {
    const said = showError(message, {});
    if (running) finish(said);
  }
}

// --- the report ----------------------------------------------------------------------------------

const FINISHED = {
  stop: "Finished",
  length: "Stopped at the token limit",
};

function fact(name, value, note, title) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const definition = document.createElement("dd");
  term.textContent = name;
  definition.textContent = value;
  if (title) definition.title = title;
  if (note) {
    const small = document.createElement("small");
    small.textContent = ` ${note}`;
    definition.append(small);
  }
  row.append(term, definition);
  byId("facts").append(row);
}

function showProof(wordlist, report) {
  const outside = report?.out_of_list ?? [];
  const unstyled = report?.out_of_style.map(({ text }) => text) ?? [];
  const proof = byId("proof");
  proof.dataset.verdict = !report ? "none" : outside.length ? "broken" : "kept";
  byId("proof-count").textContent = report ? number.format(outside.length) : "–";
  byId("proof-title").textContent = report
    ? outside.length === 1 ? "word out of the list" : "words out of the list"
    : "No list was used";
  byId("proof-text").textContent = !report
    ? "This answer could use any word. Choose a list to compare."
    : outside.length
      ? `These should not be here: ${outside.join(", ")}`
      : unstyled.length
      ? `The style does not allow these: ${unstyled.join(", ")}`
      : report.no_words
      ? "The answer has no words, only numbers and marks."
      : `Each word of the answer was looked up among the first ${count(wordlist.n_words, "word")} of ${wordlist.slug}.`;
}

function showReport({ wordlist, vocab_report: report, usage, seconds, ...rest }) {
  showProof(wordlist, report);
  byId("facts").replaceChildren();
  if (report) {
    fact("Words", number.format(report.words));
    fact("Distinct words", number.format(report.distinct_words));
  }
  fact("Tokens", number.format(usage.completion_tokens), `+ ${number.format(usage.prompt_tokens)} in the prompt`);
  const speed = seconds > 0 ? usage.completion_tokens / seconds : 0;
  fact("Speed", speed ? `${speed.toFixed(1)} tokens/s` : "–", speed ? `${seconds.toFixed(1)} s` : "");
  fact("Ending", FINISHED[rest.finish_reason] ?? rest.finish_reason);
  if (wordlist) {
    fact("List", `${wordlist.slug}@${wordlist.revision}`, wordlist.sha256.slice(0, 12), `sha256 ${wordlist.sha256}`);
  }
  fact("Seed", rest.seed);
  byId("truncated").hidden = !rest.prompt_truncated;
  byId("report").hidden = false;
}

// --- the model -----------------------------------------------------------------------------------

/** Say so while the model is loading. A request may be sent meanwhile, and waits. */
async function showLoading() {
  const note = byId("loading");
  let health = {};
  try {
    health = await (await fetch(note.dataset.healthUrl)).json();
  } catch {
    // The line for a lost connection says that the server is not there.
  }
  note.hidden = health.status !== "loading";
  if (!note.hidden) {
    note.textContent = `The model is loading${health.step ? `: ${health.step}` : ""}…`;
    setTimeout(showLoading, LOADING_MS);
  }
}

// --- the connection ------------------------------------------------------------------------------

let socket = null;
let retryMs = FIRST_RETRY_MS;
let retryTimer = 0;

function isOpen() {
  return socket?.readyState === WebSocket.OPEN;
}

function showConnection(text, link) {
  const place = byId("connection");
  place.hidden = !text;
  place.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = "Log in again";
    place.append(" ", anchor);
  }
}

function connect() {
  clearTimeout(retryTimer);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/playground/`);
  socket.addEventListener("open", () => {
    retryMs = FIRST_RETRY_MS;
    showConnection("");
    writeButton.disabled = false;
    if (statusLine.textContent === "Connecting…") setStatus("");
  });
  socket.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  socket.addEventListener("close", disconnected);
}

function disconnected({ code }) {
  writeButton.disabled = true;
  // The server stops the generation of a closed socket.
  if (running) finish("Interrupted: the connection was lost");
  if (code === NOT_LOGGED_IN) {
    setStatus("");
    showConnection("You are logged out.", form.dataset.loginUrl);
    return;
  }
  showConnection("The connection to the server is lost. Reconnecting…");
  retryTimer = setTimeout(connect, retryMs);
  retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
}

// --- events --------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
form.addEventListener("input", ({ target }) => {
  if (target === list) localStorage.setItem(LAST_LIST, list.value);
  if (target === model) showBound();
  clearFieldError(target);
  showChoices();
});
document.querySelectorAll(".chip").forEach((chip) => {
  chip.addEventListener("click", () => {
    words.value = chip.dataset.words;
    clearFieldError(words);
    showChoices();
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    start();
  } else if (event.key === "Escape" && running) {
    event.preventDefault();
    stop();
  }
});
stopButton.addEventListener("click", stop);
byId("copy").addEventListener("click", ({ target }) => copy(answer.textContent, target));
addEventListener("online", () => { if (socket?.readyState === WebSocket.CLOSED) connect(); });

if (/Mac|iP(hone|ad)/.test(navigator.platform)) byId("modifier").textContent = "⌘";
chooseFirstList();
showBound();
showChoices();
connect();
showLoading();
