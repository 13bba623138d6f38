// Updates the progress bars of the jobs in the admin once a second while a job is open.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const bars = [...document.querySelectorAll("progress[data-job]")];
  if (!bars.length) return;
  const url = `${bars[0].dataset.url}?ids=${bars.map((bar) => bar.dataset.job).join()}`;

  async function update() {
    let open = true;
    try {
      const response = await fetch(url);
      if (!response.ok) return; // logged out; the next click leads to the login page
      const jobs = await response.json();
      open = Object.values(jobs).some((job) => job.open);
      for (const bar of bars) {
        const job = jobs[bar.dataset.job];
        if (!job) continue;
        bar.value = job.done;
        document.querySelector(`[data-progress="${bar.dataset.job}"]`).textContent = job.text;
        document.querySelector(`[data-state="${bar.dataset.job}"]`).textContent = job.state;
      }
    } catch {
      // The server is not reachable now. Try again.
    }
    if (open) setTimeout(update, document.hidden ? 5000 : 1000);
  }
  setTimeout(update, 1000);
});
