// One socket a page. The server names what changed ({name, refs}); the page hears it as an event
// on the body and asks the ordinary pages for it. After a gap, "live:again" says: ask for all.

const SIGN_IN_FIRST = 4401; // the close code of accounts/consumers.py
// Milliseconds.
const PING_EVERY = 25000;
const PONG_WITHIN = 10000;
const LONGEST_WAIT = 30000;
const OFFLINE_AFTER = 60000;
const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", offline: "Offline" };

const sign = document.querySelector("#connection");
let socket;
let tries = 0;
let heard = 0;
let connected = false;
let retry;
let beat;

function show(state) {
  if (sign.dataset.state === state) return;
  sign.dataset.state = state;
  const clock = new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  sign.lastElementChild.textContent = state === "offline" && heard ? `Offline since ${clock}` : WORDS[state];
}

function tell(name, refs) {
  document.body.dispatchEvent(new CustomEvent(name, { detail: refs }));
}

function connect() {
  clearTimeout(retry);
  if (socket?.readyState <= WebSocket.OPEN) return;
  socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/live/");
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = closed;
}

function receive({ name, refs = {} }) {
  heard = Date.now();
  if (name === "connected") {
    tries = 0;
    show("live");
    clearInterval(beat);
    beat = setInterval(ping, PING_EVERY);
    if (connected) tell("live:again", {});
    connected = true;
  } else if (name !== "pong") tell(name, refs);
}

function ping() {
  const asked = Date.now();
  if (socket.readyState === WebSocket.OPEN) socket.send('{"name":"ping"}');
  setTimeout(() => heard < asked && socket.close(), PONG_WITHIN);
}

function closed(event) {
  clearInterval(beat);
  if (event.code === SIGN_IN_FIRST) return show("offline");
  const hopeless = !navigator.onLine || Date.now() - heard > OFFLINE_AFTER;
  show(connected || tries ? (hopeless ? "offline" : "reconnecting") : "connecting");
  // Doubled each time, and different for each tab, so that a restart is not met by all at once.
  const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** tries++) * (0.5 + Math.random() / 2);
  retry = setTimeout(connect, wait);
}

function leave() {
  clearTimeout(retry);
  clearInterval(beat);
  if (!socket) return;
  socket.onclose = null;
  socket.close();
}

addEventListener("online", connect);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && connect());
connect();
