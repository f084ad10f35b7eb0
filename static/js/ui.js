// What pages do without asking the server. Each part acts on its markup, whenever that arrives.

import { all, on, onClick, one } from "./page.js";
import "./layers.js";
import "./rows.js";

// --- Theme: shown at once, kept by the server --------------------------------------------------
const THEMES = ["system", "light", "dark"];
on("submit", (event) => {
  if (!event.target.matches(".theme-switch")) return;
  event.preventDefault();
  const body = new FormData(event.target, event.submitter);
  showTheme(body.get("theme"));
  fetch(event.target.action, { method: "POST", body, redirect: "manual", keepalive: true });
});
function showTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  for (const button of all(".theme-switch button")) {
    button.value = next;
    button.ariaLabel = `Theme: ${theme}. Change to ${next}`;
  }
}

// --- Toasts: 6 seconds, longer while looked at; errors stay; three at most ---------------------
const toasts = one("#toasts");
function keepToast(toast) {
  const shown = all(".toast", toasts);
  if (shown.length > 3) (shown.find((other) => !other.matches(".toast-bad")) ?? shown[0]).remove();
  if (toast.matches(".toast-bad")) return;
  let timer;
  const stay = () => clearTimeout(timer);
  const leave = () => {
    stay();
    timer = setTimeout(() => toast.remove(), 6000);
  };
  on("pointerenter focusin", stay, toast);
  on("pointerleave focusout", leave, toast);
  leave();
}
new MutationObserver((records) => {
  for (const record of records) {
    for (const node of record.addedNodes) if (node.matches?.(".toast")) keepToast(node);
  }
}).observe(toasts, { childList: true });
all(".toast", toasts).forEach(keepToast);
onClick("[data-dismiss]", (button) => button.closest(".toast").remove());
on("htmx:error", () => {
  if (one("[data-offline]", toasts)) return;
  const toast = one("#toast-offline").content.firstElementChild.cloneNode(true);
  toast.dataset.offline = "";
  toasts.append(toast);
});

// --- Times: "3 min ago" stays true -------------------------------------------------------------
const STEPS = [[1440, "day"], [60, "h"], [1, "min"]];
function inWords(moment) {
  const away = (moment - Date.now()) / 60000;
  const minutes = away > 0 ? Math.ceil(away) : Math.floor(-away);
  const [length, unit] = STEPS.find(([length]) => minutes >= length) ?? [];
  if (!unit) return "now";
  const count = Math.floor(minutes / length);
  const words = `${count} ${unit}${unit === "day" && count > 1 ? "s" : ""}`;
  return away > 0 ? `in ${words}` : `${words} ago`;
}
setInterval(() => {
  for (const time of all("time[data-relative]")) {
    const words = inWords(new Date(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}, 30000);

// --- Menus: arrow keys; Escape and the way back are the browser's ------------------------------
const items = (menu) => all("a, button", menu).filter((item) => item.offsetParent);
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu") || event.newState !== "open") return;
  if (!CSS.supports("position-area", "end")) placeMenu(menu);
  const focused = document.activeElement;
  if (focused?.matches(":focus-visible") && !menu.contains(focused)) items(menu)[0]?.focus();
}, true);
function placeMenu(menu) {
  const box = one(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  menu.style.top = `${box.bottom}px`;
  menu.style.left = `${Math.max(8, box.right - menu.offsetWidth)}px`;
}
on("keydown", (event) => {
  const menu = one(".menu:popover-open");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const list = items(menu);
  const now = list.indexOf(event.target); // -1: still on the menu's button
  list.at(now < 0 && step < 0 ? -1 : (now + step) % list.length).focus();
});

// --- Commands: a list that is filtered while one types -----------------------------------------
const commands = one("#commands");
const search = commands && one("input", commands);
const options = () => all("[role=option]", commands).filter((option) => !option.hidden);
function select(option) {
  for (const other of all("[aria-selected=true]", commands)) other.ariaSelected = "false";
  if (option) option.ariaSelected = "true";
  option?.scrollIntoView({ block: "nearest" });
  search.setAttribute("aria-activedescendant", option?.id ?? "");
}
function filter() {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const option of all("[role=option]", commands)) {
    const text = ` ${option.textContent.trim()} ${option.dataset.words ?? ""}`.toLowerCase();
    option.hidden = !words.every((word) => text.includes(` ${word}`));
  }
  for (const group of all("[role=group]", commands)) {
    group.hidden = !one("[role=option]:not([hidden])", group);
  }
  one(".nothing", commands).hidden = options().length > 0;
  select(options()[0]);
}
if (commands) {
  on("toggle", (event) => {
    if (event.newState !== "open") return;
    search.value = "";
    filter();
  }, commands);
  on("input", filter, search);
  on("keydown", (event) => {
    const list = options();
    const now = list.findIndex((option) => option.ariaSelected === "true");
    const next = { ArrowDown: now + 1, ArrowUp: now - 1 }[event.key];
    if (next !== undefined) select(list.at(next % list.length));
    else if (event.key === "Enter") list[now]?.click();
    else return;
    event.preventDefault();
  }, search);
  onClick("#commands [data-press]", (option) => {
    commands.close();
    one(option.dataset.press).click();
  });
}

// --- Keys: what an element with data-keys="g o" does, its keys do ------------------------------
let before = "";
on("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  const strike = (ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k";
  if (strike && commands && !one("dialog:modal")) {
    event.preventDefault();
    commands.showModal();
    return;
  }
  const busy = target.closest?.("input, select, textarea, [contenteditable], [popover]");
  if (!("shortcuts" in document.body.dataset) || ctrlKey || metaKey || altKey || busy) return;
  if (one("dialog:modal") || key.length > 1) return;
  const pressed = one(`[data-keys="${CSS.escape(before + key)}"]`);
  before = key === "g" ? "g " : "";
  if (before) setTimeout(() => (before = ""), 1500);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
});
if (/Mac|iP/.test(navigator.platform)) {
  for (const kbd of all("kbd")) kbd.textContent = kbd.textContent.replace("Ctrl ", "⌘ ");
}

// --- Requests: one press is one request; regions say that they wait ----------------------------
on("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method === "dialog" || !button) return;
  if (button.ariaBusy === "true") event.preventDefault();
  button.ariaBusy = "true";
  setTimeout(rest, 10000, button); // a download leaves the page where it is
});
function rest(button) {
  button.ariaBusy = null;
}
on("pageshow", (event) => {
  if (!event.persisted) return;
  all("button[aria-busy]").forEach(rest);
}, window);
on("htmx:before:request", ({ detail: { ctx } }) => {
  // An error will be shown elsewhere, so the region is remembered.
  ctx.region = ctx.target instanceof Element && ctx.target !== toasts ? ctx.target : undefined;
  ctx.held = ctx.region?.contains(document.activeElement);
  if (ctx.region) ctx.region.ariaBusy = "true";
});
on("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.region) return;
  ctx.region.ariaBusy = null;
  const lost = ctx.held && document.activeElement === document.body;
  if (lost) one("[tabindex='-1']", ctx.region)?.focus();
});

// --- Regions that ask again: data-poll="10" hears "poll" every 10 seconds, while one can look -----
setInterval(() => {
  if (document.hidden || one("dialog[open], :popover-open")) return;
  for (const region of all("[data-poll]")) {
    region.waited = (region.waited ?? 0) + 1;
    if (region.waited % region.dataset.poll === 0) region.dispatchEvent(new Event("poll"));
  }
}, 1000);

// --- Fields ------------------------------------------------------------------------------------
// What stands in <textarea data-asks="id"> at Enter, or after a paste, is kept in the field of that
// id, if there is one. Both change the text, so that its form is sent as after any other key.
function asks(field) {
  const asked = one(`#${field.dataset.asks}`);
  if (asked) asked.value = field.value;
}
on("keydown", ({ key, target, isComposing }) => {
  if (key === "Enter" && !isComposing && target.dataset?.asks) asks(target);
});
on("paste", ({ target }) => target.dataset?.asks && setTimeout(asks, 0, target));
onClick("[data-reveal]", (button) => {
  const field = one(`#${button.dataset.reveal}`);
  const hidden = field.type === "password";
  field.type = hidden ? "text" : "password";
  button.ariaPressed = String(hidden);
});
// For sign-up and the profile; the server checks what stands there.
all("input[data-browser-zone]").forEach((field) => {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
});

// --- Without the server: one page of ours instead of the browser's ------------------------------
navigator.serviceWorker?.register("/worker.js").catch(() => {}); // no network: with the next page
