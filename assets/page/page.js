// Keeps the page up to date: news by server-sent events, else by asking every ten seconds; says how old everything is.
"use strict";

const STALE_S = 30; // The hub speaks every 15 s at least; twice that without a word is no news.
const ASK_MS = 10_000;
const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 859px)");
let bar = 10;
let group = "";
let last = null; // when the newest numbers came, by our own clock
let stream = null;
let asking = null;
let charts = null;

function make(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function clock(seconds) {
  return new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", timeZone: document.body.dataset.zone }).format(seconds * 1000);
}

function ago(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function showAge() {
  const age = last === null ? null : (Date.now() - last) / 1000;
  const stale = age === null ? false : age > STALE_S;
  document.body.classList.toggle("stale", stale);
  const words = age === null ? "Connecting…" : stale ? `▲ No news from the hub for ${ago(age)}` : `● Live · ${ago(age)} ago`;
  if (byId("age").textContent !== words) byId("age").textContent = words;
}

function picture(svg) {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return parsed.nodeName === "svg" ? document.importNode(parsed, true) : make("p", "This chart could not be drawn.");
}

function table(place, headers, rows, caption) {
  const head = make("tr");
  for (const header of headers) head.append(make("th", header, { scope: "col" }));
  const body = rows.map((row) => {
    const line = make("tr");
    row.forEach((cell, n) => line.append(n ? make("td", cell) : make("th", cell, { scope: "row" })));
    return line;
  });
  const top = make("thead");
  top.append(head);
  const rest = make("tbody");
  rest.append(...body);
  byId(place).replaceChildren(...(caption ? [make("caption", caption)] : []), top, rest);
}

// Tiles stay the same elements from one number to the next, so that a press or the focus on one is not lost.
function showTile(each) {
  let tile = byId("headlines").querySelector(`[data-key="${each.key}"]`);
  if (!tile) {
    const linked = (document.body.dataset.lists || "").split(" ").includes(each.key);
    tile = make(linked ? "a" : "div", undefined, linked ? { href: `/list/${each.key}` } : {});
    tile.dataset.key = each.key;
    tile.append(make("span"), make("b"), make("span"));
    byId("headlines").append(tile);
  }
  tile.className = each.warn ? "tile warn" : "tile";
  [each.title, each.warn ? `▲ ${each.value}` : each.value, each.base].forEach((text, n) => {
    if (tile.children[n].textContent !== text) tile.children[n].textContent = text;
  });
}

function showNumbers(news) {
  byId("words").textContent = news.words;
  byId("words").hidden = !news.words;
  for (const each of news.headlines) showTile(each);
  byId("alarms").replaceChildren(...(news.alarms.length ? news.alarms.map((alarm) => make("li", [
    `▲ ${alarm.who}: ${alarm.what}`, alarm.since ? `since ${clock(alarm.since)}` : "", alarm.todo,
  ].filter(Boolean).join(" · "))) : [make("li", "✓ Nothing needs you.")]));
  byId("courses").textContent = news.courses;
  byId("courses").hidden = !news.courses;
  table("stations-table", news.stations.headers, news.stations.rows);
}

function showCharts(news) {
  charts = news;
  byId("arrivals-chart").replaceChildren(picture(news.arrivals.svg));
  table("arrivals-table", news.arrivals.headers, news.arrivals.rows);
  byId("rooms-title").textContent = news.rooms.title;
  byId("rooms-chart").replaceChildren(picture(news.rooms.svg));
  showGroups();
}

function showFleet(news) {
  byId("fleet").hidden = !news.rows.length;
  table("fleet-table", news.headers, news.rows);
}

function showGroups() {
  const chosen = charts.groups.find((each) => each.title === group) || charts.groups[0];
  const choice = byId("groups-choice");
  const titles = charts.groups.map((each) => each.title);
  if (choice.dataset.titles !== titles.join()) {
    choice.dataset.titles = titles.join();
    choice.replaceChildren(...titles.map((title) => {
      const pressed = make("button", title, { type: "button" });
      pressed.addEventListener("click", () => { group = title; showGroups(); });
      return pressed;
    }));
  }
  for (const each of choice.children) each.setAttribute("aria-pressed", String(each.textContent === chosen?.title));
  byId("groups-chart").replaceChildren(chosen ? picture(chosen.svg) : make("p", "Nobody is expected yet."));
}

function hear(news) {
  last = Date.now();
  if (news.numbers) showNumbers(news.numbers);
  if (news.charts) showCharts(news.charts);
  if (news.fleet) showFleet(news.fleet);
  showAge();
}

function query() {
  return `bar=${bar}&size=${narrow.matches ? "narrow" : "wide"}`;
}

function listen() {
  stream?.close();
  stream = new EventSource(`/v1/dashboard/stream?${query()}`);
  stream.onmessage = (message) => {
    if (asking) asking = clearInterval(asking);
    hear(JSON.parse(message.data));
  };
  // The browser tries again by itself; until it succeeds, ask.
  stream.onerror = () => { asking ||= setInterval(ask, ASK_MS); };
}

async function ask() {
  if (stream.readyState === EventSource.CLOSED) listen();
  try {
    const answer = await fetch(`/v1/dashboard?${query()}`, { redirect: "error" });
    if (answer.status === 401) location.reload(); // the pairing has ended: the hub shows the way in
    if (answer.ok) hear(await answer.json());
  } catch { /* no news is shown as such by showAge */ }
}

for (const pressed of document.querySelectorAll("[data-bar]")) {
  pressed.addEventListener("click", () => {
    bar = Number(pressed.dataset.bar);
    for (const each of document.querySelectorAll("[data-bar]")) each.setAttribute("aria-pressed", String(each === pressed));
    listen();
  });
}
byId("incidents").hidden = !document.body.dataset.lists; // they name people
narrow.addEventListener("change", listen);
byId("sign-out").addEventListener("click", async () => {
  await fetch("/v1/page/sign-out", { method: "POST" });
  location.reload();
});
setInterval(showAge, 1000);
listen();
