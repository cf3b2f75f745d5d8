// Records that cannot both be right, and what an organizer decides about each.
"use strict";

const byId = (id) => document.getElementById(id);
let deciding = null; // what the open form is about

function make(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function press(words, action) {
  const made = make("button", words, { type: "button" });
  made.addEventListener("click", action);
  return made;
}

function ways(incident) {
  const found = [];
  for (const way of incident.ways) {
    if (way === "settle") {
      found.push(press("Settle it…", () => ask(incident, way, "Settle it", "What was the matter")));
    } else if (way === "give") {
      found.push(press("Give the right value…", () => ask(incident, way, "This is right", incident.field, incident.one.value)));
    } else {
      for (const side of [incident.other, incident.one]) {
        found.push(press(`Take back: ${side.words}…`, () => ask(incident, way, "Take it back", null, side.record, side.words)));
      }
    }
  }
  return found;
}

function show(news) {
  const open = news.incidents.filter((each) => !each.settled_by).length;
  byId("state").textContent = open ? `▲ ${open} ${open === 1 ? "wants" : "want"} somebody` : "✓ Nothing needs you";
  byId("incidents").replaceChildren(...news.incidents.map((incident) => {
    const item = make("li", undefined, { class: incident.settled_by ? "incident settled" : "incident" });
    item.append(make("h2", `${incident.settled_by ? "✓" : "▲"} ${incident.what}`));
    item.append(make("p", [incident.who, incident.where].filter(Boolean).join(" · ")));
    const sides = make("ul");
    sides.append(make("li", incident.one.words), make("li", incident.other.words));
    item.append(sides);
    if (incident.settled_by) item.append(make("p", `Settled by ${incident.settled_by}.`));
    const possible = news.may_decide ? ways(incident) : [];
    if (possible.length) {
      const row = make("p", undefined, { class: "choice" });
      row.append(...possible);
      item.append(row);
    }
    return item;
  }));
}

// The line for a text is hidden where the press alone says what is meant.
function ask(incident, way, words, name, text = "", about = "") {
  deciding = { incident: incident.id, way, text };
  byId("form-title").textContent = `${incident.who}: ${incident.what}`;
  byId("form-words").textContent = about || `${incident.one.words} – ${incident.other.words}`;
  byId("problem").hidden = true;
  byId("text-line").hidden = name === null;
  byId("text-name").textContent = name ?? "";
  byId("text").value = way === "give" ? text : "";
  byId("text").required = way === "settle";
  byId("by").required = true;
  byId("by").value ||= sessionStorage.getItem("by") ?? "";
  byId("submit").textContent = words;
  byId("submit").disabled = false;
  byId("form").showModal();
  (name === null ? byId("by") : byId("text")).focus();
}

// A request that got no answer is a TypeError whose words are the browser's.
function said(error, advice = "") {
  return error instanceof TypeError ? `The hub does not answer. ${advice}`.trim() : error.message;
}

async function tell(method, body) {
  const answer = await fetch("/v1/incidents", {
    method, redirect: "error", headers: body ? { "content-type": "application/json" } : {}, body: body && JSON.stringify(body),
  });
  if (answer.status === 401) location.reload(); // the pairing has ended: the hub shows the way in
  const news = await answer.json();
  if (!answer.ok) throw new Error(news.text);
  show(news);
}

byId("form").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const by = byId("by").value.trim();
  const text = deciding.way === "take_back" ? deciding.text : byId("text").value.trim();
  byId("submit").disabled = true;
  try {
    await tell("POST", { ...deciding, text, by });
    sessionStorage.setItem("by", by);
    byId("form").close();
  } catch (error) {
    byId("problem").textContent = `▲ ${said(error, "Try again when it does: nothing is done twice.")}`;
    byId("problem").hidden = false;
    byId("submit").disabled = false;
  }
});
byId("cancel").addEventListener("click", () => byId("form").close());

tell("GET").catch((error) => {
  byId("state").textContent = `▲ ${said(error)}`;
});
