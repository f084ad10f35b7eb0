{% load static %}// Answers a navigation that finds no server with the offline page. Nothing else is kept.
const STORE = "offline-1";
const PAGE = "{% url 'offline' %}";
const FILES = [
  PAGE,
  "{% static 'dist/app.css' %}",
  "{% static 'js/theme.js' %}",
  "{% static 'img/mark.svg' %}",
  "{% static 'vendor/icons.svg' %}",
  "{% static 'vendor/inter-latin-wght-normal.woff2' %}",
];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.delete(STORE).then(() => caches.open(STORE)).then((store) => store.addAll(FILES)));
});
addEventListener("activate", (event) => event.waitUntil(registration.navigationPreload?.enable()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(kept(request));
});
async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return caches.match(PAGE);
  }
}
async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}
