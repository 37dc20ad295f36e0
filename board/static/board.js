// What a page can do beyond being read: the reader's own clock, keys for the list, and a word on what was done.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const withZone = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  function inOwnTime(root) {
    const year = new Date().getFullYear();
    for (const each of all("time[datetime]:not([data-own])", root)) {
      const when = new Date(each.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      const two = (number) => String(number).padStart(2, "0");
      const day = when.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
      each.textContent = `${day}${when.getFullYear() === year ? "" : " " + when.getFullYear()}, ${two(when.getHours())}:${two(when.getMinutes())}`;
      each.title = `${each.title} · ${withZone.format(when)}`;
      each.dataset.own = each.title.split(" · ")[0];
    }
  }

  const rows = () => all("tr.row");
  let chosen = null;
  function choose(id, scroll = true) {
    chosen = id;
    for (const row of rows()) {
      const mine = row.dataset.id === id;
      if (mine) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
      if (mine && scroll) row.scrollIntoView({ block: "nearest" });
    }
  }
  function move(by) {
    const every = rows();
    if (!every.length) return;
    const at = every.findIndex((row) => row.dataset.id === chosen);
    const to = at < 0 ? (by > 0 ? 0 : every.length - 1) : Math.min(every.length - 1, Math.max(0, at + by));
    choose(every[to].dataset.id);
  }
  const current = () => rows().find((row) => row.dataset.id === chosen);

  let hiding = 0;
  function say(words) {
    const toast = document.getElementById("toast");
    toast.textContent = words;
    toast.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { toast.hidden = true; }, 5000);
  }

  async function act(path, values, done) {
    const row = current();
    const hand = document.getElementById("hand");
    if (!row || !hand) return;
    const body = new URLSearchParams({ ...values, as: "row", form: hand.elements.form.value });
    try {
      const answer = await fetch(`/events/${encodeURIComponent(row.dataset.id)}/${path}`, { method: "POST", body });
      const html = await answer.text();
      const page = new DOMParser().parseFromString(answer.ok ? `<table>${html}</table>` : html, "text/html");
      if (!answer.ok) {
        const notice = page.querySelector("main .notice");
        say(notice ? notice.textContent : `That could not be done (${answer.status}).`);
        return;
      }
      const fresh = page.querySelector("tr.row");
      if (fresh) {
        row.replaceWith(document.adoptNode(fresh));
        inOwnTime(fresh);
        choose(fresh.dataset.id, false);
      }
      say(done);
    } catch {
      say("The board does not answer. Nothing was done.");
    }
  }

  document.addEventListener("keydown", (pressed) => {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || !rows().length) return;
    if (pressed.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    const row = current();
    const keys = {
      j: () => move(1),
      k: () => move(-1),
      c: () => act("say", { verdict: "confirm" }, "Confirmed. u takes it back."),
      x: () => act("say", { verdict: "dismiss" }, "Closed as no exchange. u takes it back."),
      m: () => (row && row.dataset.muted === "1"
        ? act("say", { verdict: "unmute" }, "No longer muted.")
        : act("say", { verdict: "mute" }, "Muted. m or u takes it back.")),
      u: () => act("undo", {}, "Taken back."),
      Enter: () => { if (row && !pressed.target.closest("a, button, summary")) row.querySelector("th a").click(); },
    };
    const key = keys[pressed.key];
    if (!key || (pressed.key !== "Enter" && pressed.target.closest("button"))) return;
    if (pressed.key !== "Enter" || row) key();
    if (pressed.key !== "Enter") pressed.preventDefault();
  });

  let before = new Map();
  document.addEventListener("htmx:beforeSwap", () => {
    before = new Map(rows().map((row) => [row.dataset.id, row.dataset.updated]));
  });
  document.addEventListener("htmx:afterSettle", (settled) => {
    inOwnTime(document);
    if (chosen) choose(chosen, false);
    if (settled.detail.target && settled.detail.target.id === "rows") {
      for (const row of rows()) row.classList.toggle("new", before.get(row.dataset.id) !== row.dataset.updated);
    }
  });
  // Filters that choose nothing stay out of the address.
  document.addEventListener("htmx:configRequest", (asked) => {
    const given = asked.detail.parameters;
    for (const name of Object.keys(given)) if (given[name] === "") delete given[name];
  });
  document.addEventListener("submit", (sent) => {
    if (sent.target.method === "post") setTimeout(() => all("button", sent.target).forEach((each) => { each.disabled = true; }), 0);
  });
  document.addEventListener("click", (clicked) => {
    const row = clicked.target.closest("tr.row");
    if (row && !clicked.target.closest("a, button, input")) choose(row.dataset.id, false);
  });

  document.documentElement.classList.add("js");
  inOwnTime(document);
})();
