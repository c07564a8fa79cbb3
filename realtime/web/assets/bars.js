// Moves the bars of probabilities with what a running camera reads.
"use strict";

const Bars = {
  source: null,
  wanted: false,
  // What was read of the largest face of a frame, and of the frame that is still coming in.
  largest: null,
  due: 0,

  // Follows the camera, or not any more; while nobody can see the page, nothing is fetched.
  follow(on) {
    Bars.wanted = on;
    if (Bars.source) Bars.source.close();
    Bars.source = null;
    Bars.show(null);
    if (!on || document.hidden || !document.querySelector("[data-bars]")) return;
    Bars.source = new EventSource("/readings");
    Bars.source.onmessage = (event) => Bars.take(JSON.parse(event.data));
    Bars.source.onerror = () => Bars.show(null);
  },

  take(face) {
    const [left, top, right, bottom] = face.box;
    face.area = (right - left) * (bottom - top);
    if (Bars.largest && Bars.largest.frame === face.frame && Bars.largest.area > face.area) return;
    Bars.largest = face;
    // Who wants little motion gets numbers that can be read, and bars that do not flicker.
    const now = performance.now();
    if (now < Bars.due) return;
    Bars.due = now + (matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 60);
    requestAnimationFrame(() => Bars.show(Bars.largest));
  },

  show(face) {
    for (const row of document.querySelectorAll("[data-bars] tr")) {
      const share = face ? face.emotions[row.dataset.emotion] : 0;
      row.querySelector("b").style.width = `${100 * share}%`;
      row.querySelector(".share").textContent = face ? Math.round(100 * share) : "\u2013";
      row.classList.toggle("leads", Boolean(face) && (face.own || face.emotion) === row.dataset.emotion);
    }
  },
};
window.Bars = Bars;
document.addEventListener("visibilitychange", () => Bars.follow(Bars.wanted));
