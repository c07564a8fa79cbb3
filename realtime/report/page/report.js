"use strict";
// The page around the charts: tools and keys of each time line, and what can be saved.

const DATA = JSON.parse(document.getElementById("data").textContent);
const timelines = new Map(DATA.timelines.map((told) => [told.key, new Timeline(told)]));

function button(words, act, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function row(...parts) {
  const made = document.createElement("div");
  made.className = "row";
  made.append(...parts);
  return made;
}

// ---- saving

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The picture as it is seen, with all it takes from the style sheet written into it.
function standalone(chart) {
  const copy = chart.svg.cloneNode(true), from = [chart.svg, ...chart.svg.querySelectorAll("*")];
  const styles = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size"];
  [copy, ...copy.querySelectorAll("*")].forEach((one, at) => {
    const style = getComputedStyle(from[at]);
    styles.forEach((name) => one.setAttribute(name, style.getPropertyValue(name)));
    one.removeAttribute("class");
  });
  copy.querySelectorAll("line").forEach((one, at) => {
    if (chart.svg.querySelectorAll("line")[at].classList.contains("cursor")) one.remove();
  });
  const paper = getComputedStyle(document.body).backgroundColor;
  copy.prepend(shape("rect", { width: chart.width, height: chart.height, fill: paper }));
  Object.entries({ xmlns: SVG, width: chart.width, height: chart.height }).forEach(([k, v]) => copy.setAttribute(k, v));
  return new XMLSerializer().serializeToString(copy);
}

function savePng(chart) {
  const image = new Image(), url = URL.createObjectURL(new Blob([standalone(chart)], { type: "image/svg+xml" }));
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * chart.width, 2 * chart.height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(url);
    canvas.toBlob((blob) => save(`${chart.data.key}.png`, blob));
  };
  image.src = url;
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const words = String(value);
  // A spreadsheet takes words that begin so for a formula.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function table(chart) {
  const { data } = chart;
  if (data.kind === "spans") {
    const told = data.rows.flatMap((one) => one.spans.map(([from, to, words]) => [from, to, one.name, words]));
    return [["from_s", "to_s", "what", "why"], ...told.sort((a, b) => a[0] - b[0])];
  }
  const columns = data.lines.flatMap((line) => [
    [line.name, line.values], ...(line.low ? [[`${line.name} low`, line.low], [`${line.name} high`, line.high]] : []),
  ]);
  const count = Math.max(0, ...columns.map(([, values]) => values.length));
  const rows = Array.from({ length: count }, (_, at) =>
    [+(at * data.step).toFixed(3), ...columns.map(([, values]) => values[at])]);
  return [["time_s", ...columns.map(([name]) => name)], ...rows];
}

function saveCsv(chart) {
  const lines = table(chart).map((cells) => cells.map(cell).join(","));
  save(`${chart.data.key}.csv`, new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
}

// ---- what can be done with a chart

function legend(chart) {
  return chart.data.lines.map((line) => {
    const key = button("", () => {
      chart.hidden[chart.hidden.has(line.name) ? "delete" : "add"](line.name);
      key.setAttribute("aria-pressed", !chart.hidden.has(line.name));
      chart.draw();
    });
    const patch = document.createElement("i");
    patch.className = `c-${line.colour}`;
    key.className = "key";
    key.setAttribute("aria-pressed", "true");
    key.append(patch, line.name);
    return key;
  });
}

function controls(chart) {
  const { data } = chart, title = data.title;
  const saving = [
    button("SVG", () => save(`${data.key}.svg`, new Blob([standalone(chart)], { type: "image/svg+xml" })), `Save ${title} as SVG`),
    button("PNG", () => savePng(chart), `Save ${title} as PNG`),
    button("CSV", () => saveCsv(chart), `Save ${title} as CSV`),
  ];
  if (data.kind !== "stacked") return saving;
  const change = button("As lines", () => {
    chart.stacked = !chart.stacked;
    change.textContent = chart.stacked ? "As lines" : "Stacked";
    chart.draw();
  });
  return [change, ...saving];
}

const KEYS = {
  ArrowLeft: (line) => line.seek(line.view.cursor - (line.view.to - line.view.from) / 50),
  ArrowRight: (line) => line.seek(line.view.cursor + (line.view.to - line.view.from) / 50),
  Home: (line) => line.seek(0), End: (line) => line.seek(line.length),
  PageUp: (line) => line.move(-0.5), PageDown: (line) => line.move(0.5),
  "+": (line) => line.zoom(0.5), "-": (line) => line.zoom(2), 0: (line) => line.all(),
};

function listen(chart, line) {
  const at = (event) => {
    const box = chart.svg.getBoundingClientRect();
    return chart.time(((event.clientX - box.left) / box.width) * chart.width);
  };
  let begun = null, drag = null;
  chart.svg.addEventListener("pointermove", (event) => {
    if (!line.playing) line.point(at(event));
    if (begun === null) return;
    const [x0, x1] = [chart.x(begun), chart.x(at(event))].sort((a, b) => a - b);
    if (!drag) chart.svg.append((drag = shape("rect", { class: "drag", y: BOX.top })));
    Object.entries({ x: x0, width: x1 - x0, height: chart.height - BOX.top - BOX.bottom })
      .forEach(([name, value]) => drag.setAttribute(name, value));
  });
  chart.svg.addEventListener("pointerdown", (event) => {
    line.seek(at(event));
    if (event.pointerType === "mouse") begun = at(event);
  });
  const end = (event) => {
    if (begun !== null && drag) line.show(...[begun, at(event)].sort((a, b) => a - b));
    begun = drag = null;
  };
  chart.svg.addEventListener("pointerup", end);
  chart.svg.addEventListener("pointerleave", () => { if (drag) drag.remove(); begun = drag = null; });
  chart.svg.addEventListener("dblclick", () => line.all());
  chart.svg.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (act && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); act(line); }
  });
}

// ---- putting the page together

for (const line of timelines.values()) {
  document.querySelector(`[data-tools="${line.key}"]`).append(
    button("−", () => line.zoom(2), "Show more time"), button("+", () => line.zoom(0.5), "Show less time"),
    button("◀", () => line.move(-0.5), "Earlier"), button("▶", () => line.move(0.5), "Later"),
    button("All", () => line.all()), button("Print", () => print()), line.range,
  );
}
for (const data of DATA.charts) {
  const place = document.querySelector(`[data-chart="${data.key}"]`), line = timelines.get(data.timeline);
  const chart = new Chart(data, place, line.view);
  chart.words = document.createElement("p");
  chart.words.className = "said";
  place.before(row(...legend(chart)));
  place.append(chart.words, row(...controls(chart)));
  listen(chart, line);
  line.charts.push(chart);
}
for (const place of document.querySelectorAll(".film")) {
  const line = timelines.get(place.closest("[data-timeline]").dataset.timeline);
  line.film = new Film(place, line);
}
for (const jump of document.querySelectorAll("[data-time]")) {
  const line = timelines.get(jump.closest("[data-timeline]").dataset.timeline);
  jump.addEventListener("click", () => {
    const time = Number(jump.dataset.time), wide = Math.min(20, line.length);
    line.seek(time);
    line.show(time - wide / 2, time + wide / 2);
    // Beside a film both can be seen.
    const near = line.film ? null : jump.closest("section").querySelector("figure") || document.querySelector("figure");
    if (near) near.scrollIntoView({ block: "start" });
  });
}
function again() { timelines.forEach((line) => line.again()); }
addEventListener("resize", again);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
addEventListener("beforeprint", again);
again();
