// Looking through a video: one picture at a time, the last one asked for, and a rectangle drawn on it.
"use strict";

const Review = {
  at: 0,
  version: 0,
  waiting: false,
  stale: false,

  parts() {
    const one = (id) => document.getElementById(id);
    return { image: one("frame"), slider: one("scrub"), clock: one("clock"), numbers: one("numbers") };
  },

  // Shows a frame; while one is on its way, the newest wish waits.
  show(at) {
    const { image, slider, clock } = Review.parts();
    Review.at = Math.min(Math.max(at, 0), Number(slider.max));
    slider.value = Review.at;
    const time = Review.clock(Review.at);
    slider.setAttribute("aria-valuetext", time);
    clock.textContent = `${time}, frame ${Review.at + 1} of ${Number(slider.max) + 1}`;
    if (Review.waiting) {
      Review.stale = true;
      return;
    }
    Review.waiting = true;
    Review.stale = false;
    image.onload = image.onerror = () => {
      Review.waiting = false;
      if (Review.stale) Review.show(Review.at);
    };
    const numbers = Review.parts().numbers.checked ? 1 : 0;
    image.src = `/frame/${Review.at}.jpg?numbers=${numbers}&version=${Review.version}`;
    image.alt = `The video at ${time}, covered as it will be`;
  },

  times: [],

  clock(at) {
    const tenths = Math.round((Review.times[at] || 0) * 10);
    const pad = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(tenths / 600), hours = Math.floor(minutes / 60);
    const seconds = `${pad(Math.floor((tenths % 600) / 10))}.${tenths % 10}`;
    return hours ? `${hours}:${pad(minutes % 60)}:${seconds}` : `${minutes}:${seconds}`;
  },

  // Goes on or back by frames, or by seconds.
  step(frames, seconds) {
    let at = Review.at + frames;
    if (seconds) {
      const wanted = Review.times[Review.at] + seconds;
      at = Review.times.findIndex((time) => time >= wanted);
      if (at < 0) at = Review.times.length - 1;
    }
    Review.show(at);
  },

  go(at) {
    Review.show(at);
    document.getElementById("scrub").focus();
    document.getElementById("frame").scrollIntoView({ block: "nearest" });
  },

  // The edits have changed. What was focused may have been built anew: the focus returns to it, or to its card.
  changed(version, focus) {
    Review.version = version;
    Review.show(Review.at);
    if (!focus || (document.activeElement && document.activeElement !== document.body)) return;
    const card = focus.split("-").slice(0, 2).join("-");
    const next = document.getElementById(focus) || document.getElementById(card) || document.getElementById("people");
    if (next) next.focus();
  },

  // A rectangle is drawn with the pointer, in pixels of the video; the page is told by an event of its own.
  draw(box, width, height) {
    const shape = document.getElementById("drawn");
    let from = null;
    const place = (event) => {
      const whole = box.getBoundingClientRect();
      const share = (at, start, length) => Math.min(Math.max((at - start) / length, 0), 1);
      return [share(event.clientX, whole.left, whole.width), share(event.clientY, whole.top, whole.height)];
    };
    const drawn = (event) => {
      const [x, y] = place(event);
      return [Math.min(x, from[0]), Math.min(y, from[1]), Math.abs(x - from[0]), Math.abs(y - from[1])];
    };
    const drawing = document.getElementById("drawing");
    drawing.addEventListener("change", () => box.classList.toggle("drawing", drawing.checked));
    box.addEventListener("pointerdown", (event) => {
      if (!drawing.checked) return;
      from = place(event);
      box.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    box.addEventListener("pointermove", (event) => {
      if (from) Review.mark(drawn(event));
    });
    const end = (event) => {
      if (!from) return;
      const [x, y, w, h] = drawn(event);
      from = null;
      if (w * width < 4 || h * height < 4) {
        shape.hidden = true;
        return;
      }
      const detail = [x * width, y * height, w * width, h * height].map(Math.round);
      box.dispatchEvent(new CustomEvent("drawn", { detail }));
    };
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", () => { from = null; shape.hidden = true; });
  },

  // Shows a rectangle, left, top, width and height as shares of the picture.
  mark([x, y, w, h]) {
    const shape = document.getElementById("drawn");
    shape.hidden = false;
    const percent = (share) => `${share * 100}%`;
    Object.assign(shape.style, { left: percent(x), top: percent(y), width: percent(w), height: percent(h) });
  },

  begin(times, width, height, version) {
    Object.assign(Review, { times, version });
    const { slider, numbers } = Review.parts();
    slider.addEventListener("input", () => Review.show(Number(slider.value)));
    numbers.addEventListener("change", () => Review.show(Review.at));
    Review.draw(document.getElementById("screen"), width, height);
    Review.show(0);
  },
};
window.Review = Review;
