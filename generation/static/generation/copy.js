// Copies text to the clipboard. Several pages use it.
"use strict";

async function copy(text, button) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The clipboard API needs https or localhost. Other addresses use execCommand.
    const carrier = document.createElement("textarea");
    carrier.value = text;
    carrier.className = "visually-hidden";
    document.body.append(carrier);
    carrier.select();
    copied = document.execCommand("copy");
    carrier.remove();
    button.focus();
  }
  button.textContent = copied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

// A button with data-copy copies the text of the element with that id.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy).textContent, button));
}
