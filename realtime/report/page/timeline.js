"use strict";
// A time line: what is seen of it, where its cursor is, the charts that share both, and the film beside them.

class Timeline {
  constructor({ key, length, marks }) {
    this.key = key;
    this.length = Math.max(length, 0.1);
    this.view = { from: 0, to: this.length, cursor: 0, marks: marks || [], length: this.length };
    this.charts = [];
    this.film = null;
    this.range = document.createElement("output");
  }

  show(from, to) {
    const { view, length } = this, wide = Math.min(Math.max(to - from, Math.min(0.5, length)), length);
    view.from = Math.min(Math.max(from, 0), length - wide);
    view.to = view.from + wide;
    this.range.textContent = `${clock(view.from)} to ${clock(view.to)}`;
    this.charts.forEach((chart) => chart.draw());
  }

  again() { this.show(this.view.from, this.view.to); }

  all() { this.show(0, this.length); }

  zoom(by) {
    const { from, to, cursor } = this.view, wide = (to - from) * by, share = (cursor - from) / (to - from);
    const middle = share >= 0 && share <= 1 ? cursor : (from + to) / 2;
    this.show(middle - wide / 2, middle + wide / 2);
  }

  move(by) {
    const step = (this.view.to - this.view.from) * by;
    this.show(this.view.from + step, this.view.to + step);
  }

  // Show what is there at a time.
  point(time) {
    this.view.cursor = Math.min(Math.max(time, 0), this.length);
    this.charts.forEach((chart) => chart.point());
  }

  // The same, and let the film go there.
  seek(time) {
    this.point(time);
    if (this.film) this.film.seek(this.view.cursor);
  }

  // Go along with the film.
  follow(time) {
    const { from, to } = this.view;
    if (time < from || time > to) this.show(time, time + (to - from));
    this.point(time);
  }

  get playing() { return this.film !== null && this.film.playing; }
}

// A film that lies beside the page, in one of the two folders above, or where the reader says. Without it the page
// works as well.
class Film {
  constructor(place, timeline) {
    this.timeline = timeline;
    this.name = place.dataset.name;
    this.length = Number(place.dataset.length);
    this.places = ["", "../", "../../"].map((folder) => folder + encodeURIComponent(this.name));
    this.video = document.createElement("video");
    Object.assign(this.video, { controls: true, preload: "metadata", playsInline: true });
    this.video.setAttribute("aria-label", this.name);
    this.told = document.createElement("p");
    this.told.setAttribute("role", "status");
    this.file = document.createElement("input");
    Object.assign(this.file, { type: "file", accept: "video/*" });
    const label = document.createElement("label");
    label.append(`The file ${this.name}: `, this.file);
    this.chooser = label;
    place.append(this.video, this.told, label);
    this.video.addEventListener("error", () => this.next());
    this.video.addEventListener("loadedmetadata", () => this.loaded());
    this.file.addEventListener("change", () => {
      if (this.file.files.length) this.video.src = URL.createObjectURL(this.file.files[0]);
    });
    for (const name of ["timeupdate", "seeked"]) this.video.addEventListener(name, () => this.follow());
    if ("requestVideoFrameCallback" in this.video) {
      const each = () => { this.follow(); this.video.requestVideoFrameCallback(each); };
      this.video.requestVideoFrameCallback(each);
    }
    this.next();
  }

  get playing() { return this.video.readyState > 0 && !this.video.paused && !this.video.ended; }

  next() {
    if (this.places.length) { this.video.src = this.places.shift(); return; }
    this.video.hidden = true;
    this.told.textContent = this.file.files.length
      ? "This file can't be played here. Choose another."
      : "The film does not lie beside this page. Choose its file to see it beside the curves; it goes nowhere.";
  }

  loaded() {
    this.video.hidden = false;
    const other = Math.abs(this.video.duration - this.length) > 0.5;
    this.chooser.hidden = !other && !this.file.files.length;
    this.told.textContent = other ? "This file has another length than what was shown." : "";
    if (this.timeline.view.cursor) this.seek(this.timeline.view.cursor);
  }

  // While it plays, and where its own bar is moved.
  follow() {
    if (this.playing || document.activeElement === this.video) this.timeline.follow(this.video.currentTime);
  }

  seek(time) {
    if (this.video.readyState > 0) this.video.currentTime = time;
  }
}
