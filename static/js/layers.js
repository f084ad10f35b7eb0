// What lies over a page: questions, and pages that open as a dialog or as a drawer.

import { all, on, one } from "./page.js";

// --- Questions before what cannot be undone ----------------------------------------------------
// <form data-confirm="Stop monitoring 2 sources?" data-confirm-text="…" data-confirm-yes="Stop
// monitoring" data-confirm-no="Keep monitoring" data-confirm-name="typed to go on">, or hx-confirm.
const dialog = one("#confirm");
function ask(question, { confirmText = "", confirmYes = "Confirm", confirmNo = "Cancel", confirmName = "" }) {
  const [no, yes] = all("button", dialog);
  const field = one(".field", dialog);
  const typed = one("input", field);
  one("h2", dialog).textContent = question;
  one("p", dialog).textContent = confirmText;
  [no.textContent, yes.textContent, typed.value] = [confirmNo, confirmYes, ""];
  one("b", field).textContent = confirmName;
  field.hidden = !confirmName;
  const check = () => (yes.disabled = typed.value.trim() !== confirmName);
  typed.oninput = check;
  check();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}
on("htmx:confirm", async (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (await ask(ctx.confirm, ctx.sourceElement.dataset)) issueRequest();
  else dropRequest();
});
let confirmed;
on("submit", async (event) => {
  const { target: form, submitter } = event;
  const asking = [submitter, form].find((element) => element?.dataset.confirm);
  if (!asking || event.defaultPrevented || confirmed === form) return;
  event.preventDefault();
  if (!(await ask(asking.dataset.confirm, asking.dataset))) return;
  confirmed = form;
  form.requestSubmit(submitter);
  confirmed = undefined;
});

// --- A page over this one: what is put into #layer opens as a dialog, or as a drawer ------------
const layer = one("#layer");
if (layer) {
  new MutationObserver(() => {
    const content = layer.firstElementChild;
    if (!content) layer.close();
    const drawer = layer.classList.toggle("drawer", Boolean(content?.matches("header")));
    layer.closedBy = drawer ? "closerequest" : "any"; // a click beside it would lose what was typed
    if (!content || layer.open) return;
    layer.showModal();
    one("[autofocus]", layer)?.focus();
  }).observe(layer, { childList: true });
  on("close", () => layer.replaceChildren(), layer);
  // Whoever changed something in it is asked before it is lost, whichever way out they took.
  let changed = false;
  const leave = async (event) => {
    if (!changed || event.defaultPrevented) return;
    event.preventDefault();
    const answers = { confirmYes: "Discard", confirmNo: "Keep editing" };
    if (await ask("Discard what you changed?", answers)) layer.close();
  };
  on("input", () => (changed = true), layer);
  on("close", () => (changed = false), layer);
  on("cancel", (event) => event.target === layer && leave(event), layer);
  on("command", (event) => event.command === "close" && leave(event), layer);
  on("submit", (event) => event.target.method === "dialog" && leave(event), layer);
  // A browser lets Escape close it all the same when it was pressed before.
  on("keydown", (event) => event.key === "Escape" && leave(event), layer);
}
on("submit", ({ target }) => {
  target.closest(".menu")?.hidePopover();
  const toast = target.closest(".toast");
  if (toast) setTimeout(() => toast.remove()); // its form has to be there while it is sent
});
