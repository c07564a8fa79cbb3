"use strict";
// Draws charts over time as SVG. A view is what all of them share: { from, to, cursor, marks, length }, in seconds.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { left: 46, right: 24, top: 8, bottom: 24, row: 24 };
const DASHES = ["", "7 3", "2 3", "10 3 2 3", "4 4", "", "7 3", "2 3", "10 3 2 3"];

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${COLOURS[name] || name}`).trim() || "gray";
}

// What the rows of stretches are drawn in.
const COLOURS = {
  smiled: "happy", frowned: "angry", away: "fear", unreadable: "surprise", absent: "neutral", no_picture: "plum", not_shown: "gold",
};

function clock(time) {
  const tenths = Math.round(time * 10), minutes = Math.floor(tenths / 600), rest = tenths - 600 * minutes;
  const seconds = String(Math.floor(rest / 10)).padStart(2, "0") + (rest % 10 ? `.${rest % 10}` : "");
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

function ticks(from, to, most) {
  const steps = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const step = steps.find((one) => (to - from) / one <= most) || (to - from) / most;
  const found = [];
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + 1e-9; at++) found.push(at * step);
  return found;
}

function said(value, unit) {
  return value === null || value === undefined ? "not read" : unit === "%" ? `${Math.round(value)} %` : value.toFixed(2);
}

class Chart {
  constructor(data, place, view) {
    Object.assign(this, { data, place, view, hidden: new Set(), stacked: data.kind === "stacked" });
    this.svg = shape("svg", { tabindex: 0, role: "slider", "aria-label": `${data.title}, time`, "aria-valuemin": 0 });
    this.svg.setAttribute("aria-valuemax", Math.round(view.length));
    place.append(this.svg);
  }

  get lines() { return this.data.lines.filter((line) => !this.hidden.has(line.name)); }

  get height() {
    return BOX.top + BOX.bottom + (this.data.kind === "spans" ? BOX.row * this.data.rows.length : 190);
  }

  x(time) {
    const { from, to } = this.view;
    return this.left + ((time - from) / (to - from)) * (this.width - this.left - BOX.right);
  }

  time(x) {
    const share = (x - this.left) / (this.width - this.left - BOX.right);
    return this.view.from + Math.min(Math.max(share, 0), 1) * (this.view.to - this.view.from);
  }

  y(value) {
    const [low, high] = this.data.limits;
    return BOX.top + (1 - (value - low) / (high - low)) * (this.height - BOX.top - BOX.bottom);
  }

  draw() {
    this.width = Math.max(this.place.clientWidth, 280);
    this.left = this.data.kind === "spans" ? Math.min(180, this.width * 0.45) : BOX.left;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.replaceChildren();
    this.grid();
    const clip = `clip-${this.data.key}`, inside = shape("g", { "clip-path": `url(#${clip})` });
    const cut = shape("clipPath", { id: clip });
    cut.append(shape("rect", {
      x: this.left, y: 0, width: this.width - this.left - BOX.right, height: this.height - BOX.bottom,
    }));
    this.svg.append(cut, inside);
    if (this.data.kind === "spans") this.spans(inside);
    else if (this.stacked) this.areas(inside);
    else this.lines.forEach((line) => this.line(inside, line));
    for (const [time] of this.view.marks) inside.append(this.upright(time, "marked"));
    this.cursor = this.upright(0, "cursor");
    inside.append(this.cursor);
    this.point();
  }

  upright(time, name) {
    const x = this.x(time);
    return shape("line", { class: name, x1: x, x2: x, y1: BOX.top, y2: this.height - BOX.bottom });
  }

  grid() {
    const bottom = this.height - BOX.bottom;
    for (const time of ticks(this.view.from, this.view.to, this.width / 90)) {
      const x = this.x(time);
      this.svg.append(shape("line", { class: "grid", x1: x, x2: x, y1: BOX.top, y2: bottom }));
      this.svg.append(shape("text", { x, y: this.height - 7, "text-anchor": "middle" }, clock(time)));
    }
    if (this.data.kind === "spans") return;
    const [low, high] = this.data.limits;
    for (const value of [low, (low + high) / 2, high]) {
      const y = this.y(value);
      this.svg.append(shape("line", { class: "grid", x1: this.left, x2: this.width - BOX.right, y1: y, y2: y }));
      this.svg.append(shape("text", { x: this.left - 6, y: y + 4, "text-anchor": "end" }, `${value}${this.data.unit}`));
    }
  }

  // The steps in view, put together to one a pixel at most: pairs of time and value, in runs without gaps.
  runs(values) {
    const step = this.data.step, first = Math.max(Math.floor(this.view.from / step) - 1, 0);
    const last = Math.min(Math.ceil(this.view.to / step) + 1, values.length);
    const together = Math.max(Math.floor((last - first) / this.width), 1);
    const runs = [];
    let run = null;
    for (let at = first - (first % together); at < last; at += together) {
      const known = values.slice(at, at + together).filter((value) => value !== null);
      if (!known.length) { run = null; continue; }
      if (!run) runs.push((run = []));
      run.push([at * step, known.reduce((sum, value) => sum + value, 0) / known.length]);
      run.end = Math.min(at + together, values.length) * step;
    }
    return runs;
  }

  // The points of a run; its last step lasts until its end.
  points(run) {
    return [...run, [run.end, run[run.length - 1][1]]].map(([time, value]) => [this.x(time), this.y(value)]);
  }

  line(inside, line) {
    const paint = colour(line.colour), dash = DASHES[this.data.lines.indexOf(line) % DASHES.length];
    if (line.low) {
      const lows = this.runs(line.low), highs = this.runs(line.high);
      highs.forEach((run, at) => {
        const edge = [...this.points(run), ...this.points(lows[at]).reverse()];
        inside.append(shape("polygon", { class: "band", fill: paint, points: edge.map((p) => p.join()).join(" ") }));
      });
    }
    for (const run of this.runs(line.values)) {
      const points = this.points(run).map((point) => point.map((v) => v.toFixed(1)).join()).join(" ");
      inside.append(shape("polyline", { class: "line", stroke: paint, points, "stroke-dasharray": dash }));
    }
  }

  areas(inside) {
    let floor = this.data.lines[0].values.map((value) => (value === null ? null : 0));
    for (const line of this.lines) {
      const top = line.values.map((value, at) => (value === null ? null : floor[at] + value));
      const lows = this.runs(floor);
      this.runs(top).forEach((run, at) => {
        const edge = [...this.points(run), ...this.points(lows[at]).reverse()];
        const points = edge.map((point) => point.map((v) => v.toFixed(1)).join()).join(" ");
        inside.append(shape("polygon", { class: "area", fill: colour(line.colour), points }));
      });
      floor = top;
    }
  }

  spans(inside) {
    this.data.rows.forEach((row, at) => {
      const y = BOX.top + at * BOX.row;
      this.svg.append(shape("text", { x: 0, y: y + 16 }, row.name));
      for (const [from, to, words] of row.spans) {
        if (to < this.view.from || from > this.view.to) continue;
        const width = Math.max(this.x(to) - this.x(from), 2);
        const bar = shape("rect", { x: this.x(from), y: y + 3, width, height: BOX.row - 6, fill: colour(row.colour) });
        bar.append(shape("title", {}, `${clock(from)} to ${clock(to)} ${words}`));
        inside.append(bar);
      }
    });
  }

  // What is there at the cursor, in words.
  told() {
    const time = this.view.cursor;
    if (this.data.kind === "spans") {
      const there = this.data.rows.filter((row) => row.spans.some(([from, to]) => from <= time && time < to));
      return `${clock(time)}: ${there.map((row) => row.name.toLowerCase()).join(", ") || "nothing of this"}`;
    }
    const at = Math.floor(time / this.data.step + 1e-6);
    const between = (line) => (line.low && line.low[at] !== null && line.low[at] !== undefined
      ? ` (${said(line.low[at], this.data.unit)} to ${said(line.high[at], this.data.unit)})` : "");
    const values = this.lines.map((line) => `${line.name} ${said(line.values[at], this.data.unit)}${between(line)}`);
    const unknown = this.lines.every((line) => line.values[at] === null || line.values[at] === undefined);
    return `${clock(time)}: ${unknown ? "not read" : values.join(", ")}`;
  }

  point() {
    const x = this.x(this.view.cursor);
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, x);
    this.svg.setAttribute("aria-valuenow", Math.round(this.view.cursor));
    this.svg.setAttribute("aria-valuetext", this.told());
    if (this.words) this.words.textContent = this.told();
  }
}
