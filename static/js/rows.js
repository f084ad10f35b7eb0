// Rows of a table: walked with keys, selected one by one, in ranges or all together.

import { all, on, onClick, one } from "./page.js";

// --- Rows of a table: j and k walk, x selects, Shift selects a range ----------------------------
const links = () => all("[data-rows] tbody .name");
const rowOf = (element) => element?.closest?.("[data-rows] tbody tr");
on("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  const typing = target.closest?.("input:not([type=checkbox]), select, textarea, [popover]");
  if (!("shortcuts" in document.body.dataset) || ctrlKey || metaKey || altKey || typing) return;
  const step = { j: 1, k: -1 }[key];
  if (one("dialog:modal") || (!step && key !== "x")) return;
  const list = links();
  const row = rowOf(document.activeElement);
  const now = list.findIndex((link) => rowOf(link) === row);
  if (step) list[Math.max(0, Math.min(now + step, list.length - 1))]?.focus();
  else if (row) one("[type=checkbox]", row)?.click();
});
const boxes = () => all(".picks tbody [type=checkbox]");
let lastBox;
onClick(".picks tbody [type=checkbox]", (box, event) => {
  const list = boxes();
  const ends = [list.indexOf(lastBox), list.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && ends[0] >= 0) {
    for (const other of list.slice(ends[0], ends[1] + 1)) other.checked = box.checked;
  }
  lastBox = box;
});
function countPicked() {
  const list = boxes();
  const picked = list.filter((box) => box.checked).length;
  const head = one("[data-pick-all]");
  for (const place of all("[data-picked]")) place.textContent = picked;
  const everything = one("[data-pick-everything]");
  if (everything && picked < list.length) everything.checked = false;
  if (!head) return;
  head.checked = picked > 0 && picked === list.length;
  head.indeterminate = picked > 0 && !head.checked;
}
onClick("[data-pick-all]", (head) => boxes().forEach((box) => (box.checked = head.checked)));
onClick("[data-pick-everything]", (box) => {
  if (box.checked) for (const other of boxes()) other.checked = true;
});
on("click htmx:after:swap", countPicked);
on("reset", () => setTimeout(countPicked));
