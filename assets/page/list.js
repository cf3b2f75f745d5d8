// The people behind a number, or one person and what happened to them.
"use strict";

const MOST = 500; // rows shown at once; the search finds the others
const byId = (id) => document.getElementById(id);
const [kind, key] = location.pathname.split("/").filter(Boolean);

function cell(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function table(headers, rows) {
  const head = document.createElement("tr");
  head.append(...headers.map((header) => cell("th", header, { scope: "col" })));
  const top = document.createElement("thead");
  top.append(head);
  const body = document.createElement("tbody");
  body.append(...rows);
  byId("table").replaceChildren(top, body);
}

function line(first, texts) {
  const row = document.createElement("tr");
  const head = cell("th", "", { scope: "row" });
  head.append(first);
  row.append(head, ...texts.map((text) => cell("td", text)));
  return row;
}

function showList(news) {
  const rows = news.people.map((each) => [
    `${each.name} ${each.agency} ${each.type}`.toLocaleLowerCase(),
    () => line(cell("a", each.name || "(no name)", { href: `/person/${encodeURIComponent(each.id)}` }), [each.agency, each.type, each.now]),
  ]);
  const show = () => {
    const wanted = byId("find").value.toLocaleLowerCase().split(/\s+/);
    const found = rows.filter(([text]) => wanted.every((word) => text.includes(word)));
    table(["Name", "Agency", "Type", "Now"], found.slice(0, MOST).map(([, row]) => row()));
    byId("age").textContent = found.length > MOST ? `${MOST} of ${found.length} shown` : found.length === 1 ? "1 person" : `${found.length} people`;
  };
  byId("title").textContent = news.title;
  byId("search").hidden = false;
  byId("find").addEventListener("input", show);
  show();
}

function showPerson(news) {
  byId("title").textContent = news.name;
  byId("about").textContent = [news.agency, news.registration_type].filter(Boolean).join(" · ");
  byId("about").hidden = false;
  byId("age").textContent = ["No scans yet", "1 scan"][news.events.length] ?? `${news.events.length} scans`;
  table(["When", "Where", "What", "Station", "By"], news.events.map(([when, ...rest]) => line(when, rest)));
}

async function load() {
  try {
    const answer = await fetch(kind === "list" ? `/v1/lists/${key}` : `/v1/people/${key}`, { redirect: "error" });
    const news = await answer.json();
    if (!answer.ok) throw new Error(news.text);
    (kind === "list" ? showList : showPerson)(news);
    document.title = byId("title").textContent;
  } catch (error) {
    byId("age").textContent = `▲ ${error instanceof TypeError ? "The hub does not answer." : error.message}`;
  }
}

byId("back").addEventListener("click", (event) => {
  if (history.length < 2) return; // opened by itself: the link leads to the dashboard
  event.preventDefault();
  history.back();
});
load();
