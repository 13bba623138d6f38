// The jobs page: shows what /ws/jobs/ sends, and sends what is to be done to a job.
"use strict";

const NOT_LOGGED_IN = 4401;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10000;
const LABELS = { cancel: "Cancel", pause: "Pause", resume: "Resume", retry: "Retry unanswered", expire: "End now" };
const SURE = {
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
  const said = [`${number.format(completed)} of ${number.format(total)} answered`];
  if (failed) said.push(`${number.format(failed)} failed`);
  if (cancelled) said.push(`${number.format(cancelled)} not answered`);
  if (items_per_minute !== null) said.push(`${number.format(Math.round(items_per_minute))} a minute`);
  if (remaining_seconds !== null) said.push(`${duration(remaining_seconds)} left`);
  said.push(`${number.format(total_tokens)} tokens`);
  return said.join(" · ");
}

function fill(row, job) {
  const { progress } = job;
  row.querySelector(".job-id").textContent = job.id;
  const state = row.querySelector(".state");
  state.textContent = job.state.replace("_", " ");
  state.dataset.state = job.state;
  row.querySelector(".about").textContent =
    [job.wordlist, job.owner, moment.format(new Date(job.created_at))].filter(Boolean).join(" · ");
  const bar = row.querySelector("progress");
  bar.max = progress.total;
  bar.value = progress.completed + progress.failed;
  bar.setAttribute("aria-label", `Progress of ${job.id}`);
  row.querySelector(".counts").textContent = counts(progress);
  const error = row.querySelector(".job-error");
  error.textContent = job.error;
  error.hidden = !job.error;
  fillActions(row.querySelector(".acts"), job);
  fillFiles(row.querySelector(".files"), job);
}

/** Buttons stay the same elements while they mean the same, so that none loses the focus. */
function fillActions(group, job) {
  group.setAttribute("aria-label", `What to do with ${job.id}`);
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

function fillFiles(place, job) {
  const open = job.progress.pending > 0 ? "Results so far" : "Results";
  if (place.dataset.files === open + job.downloads.join()) return;
  place.dataset.files = open + job.downloads.join();
  place.replaceChildren();
  job.downloads.forEach((name, index) => {
    const link = document.createElement("a");
    link.href = `${list.dataset.jobsUrl}${job.id}/results.${name}`;
    link.textContent = name.toUpperCase();
    link.setAttribute("aria-label", `${open} of ${job.id} as ${name.toUpperCase()}`);
    place.append(index ? " " : `${open}: `, link);
  });
}

function show(jobs) {
  byId("empty").hidden = jobs.length > 0;
  const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
  jobs.forEach((job, place) => {
    let row = rows.get(job.id);
    rows.delete(job.id);
    if (!row) {
      row = byId("job").content.firstElementChild.cloneNode(true);
      row.dataset.id = job.id;
    }
    fill(row, job);
    // Moving an element that is in its place already would take the focus away.
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  rows.forEach((row) => row.remove());
}

function act(id, action) {
  if (SURE[action] && !confirm(SURE[action])) return;
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
