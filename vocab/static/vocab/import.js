// Comfort for the upload pages, which also work without: a choice updates the report at once, and
// the page says that the file is being read.
"use strict";

addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form.import")) {
    form.addEventListener("submit", () => {
      form.classList.add("reading");
      for (const place of form.querySelectorAll(".busy")) place.hidden = false;
    });
    const update = form.querySelector('#choices button[name="_apply"]');
    form.querySelector("#choices")?.addEventListener("change", (event) => {
      // A text box that is left by a click on a button must not send the form twice.
      if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit(update);
    });
  }
});

// A page that the browser kept, shown again with its Back button.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form.import.reading")) {
    form.classList.remove("reading");
    for (const place of form.querySelectorAll(".busy")) place.hidden = true;
  }
});
