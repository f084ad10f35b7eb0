// Elements and events: what all our scripts do alike.

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const on = (names, act, target = document) => {
  for (const name of names.split(" ")) target.addEventListener(name, act);
};
export const onClick = (selector, act) =>
  on("click", (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });
