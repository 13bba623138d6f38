// Comfort for the upload pages, which also work without: a choice updates the report at once, and
// the page says that the file is being read.
"use strict";

const PLACE = "wordgen-report-place";

addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form.import")) {
    form.addEventListener("submit", () => {
      sessionStorage.setItem(PLACE, `${location.pathname} ${scrollY}`);
      form.classList.add("reading");
      for (const place of form.querySelectorAll(".busy")) place.hidden = false;
    });
    const update = form.querySelector('#choices button[name="_apply"]');
    form.querySelector("#choices")?.addEventListener("change", (event) => {
      // Several boxes are ticked before an update.
      if (event.target.matches("select")) form.requestSubmit(update);
    });
  }
  // The report comes back at the place where a button was pressed.
  const [path, top] = (sessionStorage.getItem(PLACE) ?? "").split(" ");
  sessionStorage.removeItem(PLACE);
  if (path === location.pathname && !location.hash && !document.querySelector("[role=alert]")) scrollTo(0, Number(top));
});

// A page that the browser kept, shown again with its Back button.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form.import.reading")) {
    form.classList.remove("reading");
    for (const place of form.querySelectorAll(".busy")) place.hidden = true;
  }
});
