// The jobs page shows the jobs that /ws/jobs/ sends, and sends actions on jobs.
"use strict";

const NOT_LOGGED_IN = 4401;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10000;
const LABELS = { cancel: "Cancel", pause: "Pause", resume: "Resume", retry: "Retry unanswered", expire: "End now" };
const CONFIRMATIONS = {
  cancel: "Cancel this job? Finished results are kept.",
  expire: "End this job now? Finished results are kept.",
};

const byId = (id) => document.getElementById(id);
const list = byId("jobs");
const number = new Intl.NumberFormat("en");
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// --- jobs ----------------------------------------------------------------------------------------

function duration(seconds) {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function counts({ total, completed, failed, cancelled, items_per_minute, remaining_seconds, total_tokens }) {
  const parts = [`${number.format(completed)} of ${number.format(total)} answered`];
  if (failed) parts.push(`${number.format(failed)} failed`);
  if (cancelled) parts.push(`${number.format(cancelled)} not answered`);
  if (items_per_minute !== null) parts.push(`${number.format(Math.round(items_per_minute))} a minute`);
  if (remaining_seconds !== null) parts.push(`${duration(remaining_seconds)} left`);
  parts.push(`${number.format(total_tokens)} tokens`);
  return parts.join(" · ");
}

function fill(row, job) {
  const { progress } = job;
  const title = row.querySelector("h2");
  title.textContent = job.name || job.id;
  title.title = job.id;
  title.classList.toggle("job-id", !job.name);
  const state = row.querySelector(".state");
  state.textContent = job.state.replace("_", " ");
  state.dataset.state = job.state;
  row.querySelector(".about").textContent =
    [job.wordlist, job.owner, moment.format(new Date(job.created_at))].filter(Boolean).join(" · ");
  const bar = row.querySelector("progress");
  bar.max = progress.total;
  bar.value = progress.completed + progress.failed;
  bar.setAttribute("aria-label", `Progress of ${job.name || job.id}`);
  row.querySelector(".counts").textContent = counts(progress);
  const error = row.querySelector(".job-error");
  error.textContent = job.error;
  error.hidden = !job.error;
  const warnings = row.querySelector(".job-warnings");
  warnings.textContent = job.warnings.join("\n");
  warnings.hidden = !job.warnings.length;
  fillActions(row.querySelector(".acts"), job);
  fillFiles(row.querySelector(".files"), job);
}

/** Replaces the buttons only if the actions have changed, so that a button keeps the focus. */
function fillActions(group, job) {
  group.setAttribute("aria-label", `Actions on ${job.name || job.id}`);
  if (group.dataset.actions === job.actions.join()) return;
  group.dataset.actions = job.actions.join();
  group.replaceChildren(...job.actions.map((action) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = LABELS[action];
    button.addEventListener("click", () => act(job.id, action));
    return button;
  }));
}

function fillFiles(paragraph, job) {
  const label = job.progress.pending > 0 ? "Results so far" : "Results";
  if (paragraph.dataset.files === label + job.downloads.join()) return;
  paragraph.dataset.files = label + job.downloads.join();
  paragraph.replaceChildren();
  job.downloads.forEach((name, index) => {
    const link = document.createElement("a");
    link.href = `${list.dataset.jobsUrl}${job.id}/results.${name}`;
    link.textContent = name.toUpperCase();
    link.setAttribute("aria-label", `${label} of ${job.name || job.id} as ${name.toUpperCase()}`);
    paragraph.append(index ? " " : `${label}: `, link);
  });
}

function show(jobs) {
  byId("empty").hidden = jobs.length > 0;
  const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
  jobs.forEach((job, position) => {
    let row = rows.get(job.id);
    rows.delete(job.id);
    if (!row) {
      row = byId("job").content.firstElementChild.cloneNode(true);
      row.dataset.id = job.id;
    }
    fill(row, job);
    // Moving an element takes the focus away, so a row in the right position is not moved.
    if (list.children[position] !== row) list.insertBefore(row, list.children[position] ?? null);
  });
  rows.forEach((row) => row.remove());
}

function act(id, action) {
  if (CONFIRMATIONS[action] && !confirm(CONFIRMATIONS[action])) return;
  showError("");
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "act", id, action }));
}

function showError(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

// --- the connection ------------------------------------------------------------------------------

let socket = null;
let retryMs = FIRST_RETRY_MS;
let retryTimer = 0;

function showConnection(text, link) {
  const notice = byId("connection");
  notice.hidden = !text;
  notice.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = "Log in again";
    notice.append(" ", anchor);
  }
}

function connect() {
  clearTimeout(retryTimer);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/jobs/`);
  socket.addEventListener("open", () => {
    retryMs = FIRST_RETRY_MS;
    showConnection("");
  });
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "jobs") show(message.jobs);
    if (message.type === "error") showError(message.message);
  });
  socket.addEventListener("close", ({ code }) => {
    if (code === NOT_LOGGED_IN) {
      showConnection("You are logged out.", list.dataset.loginUrl);
      return;
    }
    showConnection("The connection to the server is lost. Reconnecting…");
    retryTimer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  });
}

addEventListener("online", () => { if (socket?.readyState === WebSocket.CLOSED) connect(); });
connect();
