"use strict";

const form = document.querySelector("form");
const told = document.getElementById("told");
const done = document.getElementById("done");
const button = form.querySelector("button");
const inputs = [...form.querySelectorAll("input[name]")];
const known = document.getElementById("known");
const shown = document.getElementById("shown");
const token = location.hash.slice(1);

function filled() {
  const entries = inputs.filter((input) => input.value && !input.closest("[hidden]"));
  return Object.fromEntries(entries.map((input) => [input.name, input.value]));
}

function say(sentences, fields = []) {
  told.textContent = sentences.join("\n");
  for (const input of inputs) {
    input.setAttribute("aria-invalid", fields.includes(input.name));
  }
  const wrong = inputs.find((input) => fields.includes(input.name));
  if (sentences.length) (wrong ?? told).focus();
}

function refuse(problem) {
  const errors = problem.errors ?? [];
  const ours = errors.map(({ field, message }) =>
    field === "token" ? "This link is incomplete. Open it again from the email." : message,
  );
  say(ours.length ? ours : [problem.detail], errors.map(({ field }) => field));
}

async function send() {
  const answer = await fetch(form.dataset.address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, ...filled() }),
    // Some browsers would name no origin under the page's own policy; the API asks.
    referrerPolicy: "same-origin",
  });
  if (!answer.ok) return refuse(await answer.json());
  // The used secret need not stay in the history.
  history.replaceState(null, "", location.pathname);
  form.remove();
  done.hidden = false;
  done.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say([]);
  button.disabled = true;
  try {
    await send();
  } catch {
    say(["The server cannot be reached. Try again."]);
  } finally {
    button.disabled = false;
  }
});

shown?.addEventListener("change", () => {
  const password = inputs.find((input) => input.autocomplete.endsWith("password"));
  password.type = shown.checked ? "text" : "password";
});

known?.addEventListener("change", () => {
  for (const part of form.querySelectorAll(".new")) part.hidden = known.checked;
  for (const part of form.querySelectorAll(".known")) part.hidden = !known.checked;
  form.password.autocomplete = known.checked ? "current-password" : "new-password";
});

// Another link, opened in the same tab, changes only what stands behind the #.
addEventListener("hashchange", () => location.reload());

if (token) form.hidden = false;
else say(["This link is incomplete. Open it again from the email."]);
