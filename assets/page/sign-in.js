// Pairs this browser with the code that was read to whoever sits here.
"use strict";

const form = document.getElementById("form");
const code = document.getElementById("code");
const problem = document.getElementById("problem");
const pressed = form.querySelector("button");

function say(words) {
  problem.textContent = words;
  problem.hidden = !words;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  pressed.disabled = true;
  say("");
  try {
    const answer = await fetch("/v1/page/sign-in", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code: code.value }),
    });
    if (answer.ok) location.reload();
    else say((await answer.json()).text);
  } catch {
    say("The hub does not answer. Is this device in its network?");
  }
  pressed.disabled = false;
  code.select();
});
code.focus();
