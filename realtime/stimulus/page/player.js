"use strict";
// Plays the clips one after the other, and tells the program of each frame when it was seen. Times that are told are
// seconds of the program's clock: the page asks what that shows, and knows its own clock at both ends of the question.

const byId = (id) => document.getElementById(id);
const video = byId("video");
let plan, words;
// What is not told yet, in its order; the clip that is played; whether the session runs.
let items = [], number = 0, running = false;

// ---- the two clocks

// The questions of the last while: how far the program's clock is ahead, and how wrong that may be, in seconds.
let compared = [];

function best() { return compared.reduce((a, b) => (b.error < a.error ? b : a)); }
function seconds(ms) { return ms / 1000 + best().ahead; }

// One after the other, so that what is told arrives in its order.
let telling = Promise.resolve();
function tell(more = {}) {
  telling = telling.catch(() => {}).then(() => tellNow(more));
  return telling;
}

async function tellNow(more) {
  const told = { items: items.splice(0), ...more };
  if (compared.length) told.error_ms = best().error * 1000;
  const body = JSON.stringify(told), asked = performance.now();
  const answer = await fetch("/report", { method: "POST", body });
  const answered = performance.now();
  if (!answer.ok) throw new Error(await answer.text());
  const heard = await answer.json();
  const error = (answered - asked) / 2000;
  compared = [...compared.slice(-100), { ahead: heard.now - (asked + answered) / 2000, error }];
  return heard;
}

// ---- what is seen

function at(place, words_ = "") {
  document.body.dataset.at = place;
  byId("told").textContent = words_;
  byId("pause").disabled = place !== "play";
}

// Called for each frame that is seen, with the time at which it reaches the screen and its own time.
function seen(_, frame) {
  if (running && !video.paused && !video.seeking) items.push(["shown", number, seconds(frame.expectedDisplayTime), frame.mediaTime]);
  video.requestVideoFrameCallback(seen);
}

// The same for browsers that don't tell of frames: about as often as the screen is drawn.
let last = -1;
function looked() {
  if (running && !video.paused && !video.seeking && video.currentTime !== last) {
    last = video.currentTime;
    items.push(["shown", number, seconds(performance.now()), last]);
  }
  requestAnimationFrame(looked);
}

function stopped(why) {
  if (running && number) items.push(["stopped", seconds(performance.now()), why]);
}

video.addEventListener("pause", () => { if (!video.ended) stopped("paused"); });
video.addEventListener("waiting", () => stopped("stalled"));
video.addEventListener("seeking", () => stopped("sought"));
video.addEventListener("ended", () => stopped("ended"));
for (const name of ["pause", "play"]) {
  video.addEventListener(name, () => {
    byId("pause").textContent = video.paused ? words.go_on : words.pause;
    byId("told").textContent = video.paused && !video.ended && document.body.dataset.at === "play" ? words.paused : "";
  });
}

function wait(s) { return new Promise((done) => { setTimeout(done, s * 1000); }); }

// Load a clip; the promise fails where it can't be played.
function load(one) {
  return new Promise((done, fail) => {
    video.oncanplaythrough = () => done();
    video.onerror = () => fail(new Error(video.error ? video.error.message : ""));
    video.src = `/stimulus/${one.number}`;
    video.load();
    setTimeout(done, 15000); // what loads slowly begins, and is told of where it stalls
  });
}

async function play(one) {
  at("pause");
  const loaded = load(one);
  loaded.catch(() => {});
  await wait(plan.pause);
  try {
    await loaded;
    if (!running) return;
    number = one.number;
    const over = new Promise((done, fail) => { video.onended = done; video.onerror = () => fail(new Error(video.error.message)); });
    at("play");
    await video.play().catch((error) => {
      if (error.name !== "NotAllowedError") throw error;
      byId("told").textContent = words.paused; // a browser that wants a press of a button for each sound gets it
    });
    if (document.hidden) video.pause();
    await over;
  } catch (error) {
    if (running) items.push(["failed", one.number, `${error.message || error.name || "it can't be played"}`]);
  }
  number = 0;
}

async function rest() {
  at("rest", words.rest);
  await tell({ do: "calibrate" });
  // A face that is not seen is not waited for.
  for (let waited = 0; waited < 15 && running; waited += 0.3) {
    await wait(0.3);
    if (!(await tell()).calibrating && waited > 0.5) return;
  }
}

async function begin() {
  const { began } = await tell({ do: "begin" });
  if (!began) { over(words.gone); return; }
  if (byId("full").checked && document.documentElement.requestFullscreen) {
    await document.documentElement.requestFullscreen().catch(() => {});
  }
  running = true;
  if (plan.calibrate) await rest();
  for (const one of plan.stimuli) if (running) await play(one);
  if (running) await end();
}

async function end() {
  if (!running) return;
  if (!video.paused) { stopped("left"); video.pause(); }
  running = false;
  await tell({ do: "end" }).catch(() => {});
  over(words.thanks);
}

function over(told) {
  running = false;
  number = 0;
  video.removeAttribute("src");
  video.load();
  if (document.fullscreenElement) document.exitFullscreen();
  at("after");
  byId("thanks").textContent = told;
}

// ---- buttons and keys

function turn() {
  if (document.body.dataset.at !== "play") return;
  if (video.paused) video.play(); else video.pause();
}

byId("begin").addEventListener("click", () => { byId("begin").disabled = true; begin().catch(() => over(words.gone)); });
byId("pause").addEventListener("click", turn);
byId("end").addEventListener("click", end);
addEventListener("keydown", (event) => {
  if (!running || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === " " && event.target.tagName !== "BUTTON") { event.preventDefault(); turn(); }
  if (event.key === "e") tell({ do: "mark" });
});
// Who looks elsewhere sees nothing of it.
document.addEventListener("visibilitychange", () => { if (document.hidden && running) video.pause(); });
addEventListener("pagehide", () => {
  if (!running) return;
  stopped("left");
  navigator.sendBeacon("/report", JSON.stringify({ items: items.splice(0), do: "end" }));
});

// ---- before it begins

// Say what this browser can't play while something can still be done about it.
async function check() {
  for (const one of plan.stimuli) {
    await new Promise((done) => {
      video.onloadeddata = done;
      video.onerror = () => {
        const fault = document.createElement("li");
        fault.textContent = words.cannot.replace("{name}", () => one.name);
        byId("faults").append(fault);
        done();
      };
      video.src = `/stimulus/${one.number}`;
      setTimeout(done, 8000);
    });
  }
  video.onloadeddata = video.onerror = null;
}

async function start() {
  plan = await (await fetch("/plan")).json();
  words = plan.words;
  document.title = words.title;
  document.documentElement.lang = plan.language;
  for (const id of ["title", "read", "wrong", "begin", "pause", "end"]) byId(id).textContent = words[id];
  byId("full-words").textContent = words.full;
  const minutes = Math.floor(plan.length / 60), rest_ = String(Math.round(plan.length) % 60).padStart(2, "0");
  byId("length").textContent = words.length.replace("{count}", plan.stimuli.length).replace("{time}", `${minutes}:${rest_}`);
  if (plan.begun) { at("after"); byId("thanks").textContent = words.gone; return; }
  at("before");
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(seen); else requestAnimationFrame(looked);
  for (let n = 0; n < 10; n++) await tell();
  await check();
  byId("begin").disabled = false;
  byId("begin").focus();
  for (;;) {
    await wait(running ? 0.25 : 0.5);
    if (document.body.dataset.at === "after") return;
    const heard = await tell();
    if (!running) byId("hint").textContent = heard.hint;
    if (heard.over && running) over(words.thanks);
  }
}

start().catch(() => over(words ? words.gone : "The program has ended."));
