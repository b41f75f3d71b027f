// Curves over time and the path from above, as SVG; all share one cursor.

const SVG = "http://www.w3.org/2000/svg";

function svg(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Round steps that cut [low, high] into about `count` parts.
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-6);
  const out = [];
  for (let i = first; i * step <= high + step * 1e-6; i++) out.push(i * step);
  return { at: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

function extent(arrays) {
  let low = Infinity, high = -Infinity;
  for (const values of arrays) for (const v of values) if (!Number.isNaN(v)) { low = Math.min(low, v); high = Math.max(high, v); }
  return low <= high ? [low, high] : [0, 1];
}

// The extent without the outermost hundredth on either side, so that one wild frame does not shrink the rest.
function typical(arrays) {
  const known = Float64Array.from(arrays.flatMap((values) => Array.from(values)).filter((v) => !Number.isNaN(v))).sort();
  const trim = Math.floor(known.length / 100);
  return known.length ? [known[trim], known[known.length - 1 - trim]] : [0, 1];
}

// Path text that is broken at gaps; never more than first, least, greatest and last per pixel column.
function curve(times, values, gap, x, y) {
  const parts = [];
  let open = false, column = null, last = null;
  const flush = (end) => {
    if (!column) return;
    const inner = [column.low, column.high].sort((a, b) => a.i - b.i);
    for (const p of new Set([column.first, ...inner, column.last])) {
      parts.push(`${open ? "L" : "M"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`);
      open = true;
    }
    if (end) parts.push("h0"); // a lone point shows as a dot
    column = null;
  };
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]) || (last !== null && times[i] - last > gap)) { flush(true); open = false; }
    if (Number.isNaN(values[i])) continue;
    last = times[i];
    const p = { x: x(times[i]), y: y(values[i]), i };
    if (column && Math.floor(p.x) !== Math.floor(column.first.x)) flush();
    if (!column) column = { first: p, low: p, high: p };
    if (p.y < column.low.y) column.low = p;
    if (p.y > column.high.y) column.high = p;
    column.last = p;
  }
  flush(true);
  return parts.join("");
}

class TimeChart {
  // series: [{name, color, times, values}]; format turns a value into words.
  constructor(figure, data, { format, range, seek }) {
    Object.assign(this, { figure, data, format, range, seek, time: data.startS, series: [] });
    this.key = figure.appendChild(Object.assign(document.createElement("div"), { className: "key" }));
    this.plot = svg(figure, "svg", { role: "img" });
    new ResizeObserver(() => this.draw()).observe(figure);
  }

  setSeries(series) {
    this.series = series;
    this.key.replaceChildren(...series.map(({ name, color }) => {
      const item = document.createElement("span"), swatch = document.createElement("i"), value = document.createElement("b");
      swatch.style.color = color;
      item.append(swatch, `${name} `, value);
      return item;
    }));
    const caption = this.figure.querySelector("figcaption").textContent.trim();
    const words = series.map(({ name, values }) => {
      const [low, high] = extent([values]);
      return `${name} from ${this.format(low)} to ${this.format(high)}`;
    });
    this.plot.setAttribute("aria-label", `${caption} over time: ${words.join("; ")}`);
    this.draw();
  }

  draw() {
    const width = this.plot.clientWidth, height = this.plot.clientHeight;
    if (!width) return;
    this.plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.plot.replaceChildren();
    const { startS: t0 } = this.data, t1 = this.data.endS > t0 ? this.data.endS : t0 + 1;
    let [low, high] = this.range || extent(this.series.map((s) => s.values));
    if (!this.range) { const pad = Math.max((high - low) * 0.08, 1e-3); low -= pad; high += pad; }
    const [left, right, top, bottom] = [38, width - 6, 8, height - 22];
    this.x = (t) => left + ((t - t0) / (t1 - t0)) * (right - left);
    this.t = (px) => t0 + (Math.min(Math.max((px - left) / (right - left), 0), 1)) * (t1 - t0);
    const y = (v) => bottom - ((v - low) / (high - low)) * (bottom - top);
    const rows = ticks(low, high, 4), columns = ticks(t0, t1, Math.max(width / 90, 2));
    for (const v of rows.at) {
      svg(this.plot, "line", { class: "grid", x1: left, x2: right, y1: y(v), y2: y(v) });
      svg(this.plot, "text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, v.toFixed(rows.digits));
    }
    for (const t of columns.at) {
      svg(this.plot, "text", { x: this.x(t), y: height - 5, "text-anchor": "middle" }, `${t.toFixed(columns.digits)} s`);
    }
    for (const { color, times, values } of this.series) {
      svg(this.plot, "path", { class: "curve", style: `stroke:${color}`, d: curve(times, values, this.data.gapS, this.x, y) });
    }
    this.cursor = svg(this.plot, "line", { class: "cursor", y1: top, y2: bottom });
    const hit = svg(this.plot, "rect", { class: "hit", x: 0, y: 0, width, height });
    const timeOf = (event) => this.t(event.clientX - this.plot.getBoundingClientRect().left);
    hit.addEventListener("pointermove", (event) => (event.buttons ? this.seek(timeOf(event)) : this.read(timeOf(event))));
    hit.addEventListener("pointerleave", () => this.read(this.time));
    hit.addEventListener("pointerdown", (event) => this.seek(timeOf(event)));
    this.read(this.time);
  }

  show(time) {
    this.time = time;
    if (this.cursor) this.read(time);
  }

  read(time) {
    this.cursor.setAttribute("x1", this.x(time));
    this.cursor.setAttribute("x2", this.x(time));
    this.series.forEach(({ times, values }, i) => {
      const row = rowAt({ time: times, rows: times.length }, time);
      const known = row >= 0 && time - times[row] <= Math.max(this.data.gapS, 0.05) && !Number.isNaN(values[row]);
      this.key.children[i].lastChild.textContent = known ? this.format(values[row]) : "–";
    });
  }
}

class PathChart {
  constructor(figure, data, people) {
    Object.assign(this, { figure, data, people, time: data.startS });
    this.plot = svg(figure, "svg", { role: "img", "aria-label": "Path of every person seen from above, the camera at the bottom" });
    new ResizeObserver(() => this.draw()).observe(figure);
  }

  draw() {
    const width = this.plot.clientWidth, height = this.plot.clientHeight;
    if (!width) return;
    this.plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.plot.replaceChildren();
    const [xs, zs] = [typical(this.people.map((p) => p.rootX)), typical(this.people.map((p) => p.rootZ))];
    const span = Math.max((xs[1] - xs[0]) / (width - 60), (zs[1] - zs[0]) / (height - 60), 1 / height);
    const [cx, cz] = [(xs[0] + xs[1]) / 2, (zs[0] + zs[1]) / 2];
    this.x = (v) => width / 2 + 14 + (v - cx) / span;
    this.y = (v) => height / 2 - 6 - (v - cz) / span;
    const half = [(width / 2) * span, (height / 2) * span];
    const columns = ticks(cx - half[0], cx + half[0], width / 90), rows = ticks(cz - half[1], cz + half[1], height / 60);
    for (const v of columns.at) {
      if (this.x(v) < 40 || this.x(v) > width - 10) continue;
      svg(this.plot, "line", { class: "grid", x1: this.x(v), x2: this.x(v), y1: 4, y2: height - 20 });
      svg(this.plot, "text", { x: this.x(v), y: height - 5, "text-anchor": "middle" }, v.toFixed(columns.digits));
    }
    for (const v of rows.at) {
      if (this.y(v) < 10 || this.y(v) > height - 26) continue;
      svg(this.plot, "line", { class: "grid", x1: 38, x2: width - 4, y1: this.y(v), y2: this.y(v) });
      svg(this.plot, "text", { x: 32, y: this.y(v) + 4, "text-anchor": "end" }, v.toFixed(rows.digits));
    }
    this.dots = this.people.map((person) => {
      const parts = [];
      let open = false;
      person.rootX.forEach((x, i) => {
        const known = !Number.isNaN(x + person.rootZ[i]);
        if (i && person.time[i] - person.time[i - 1] > this.data.gapS) open = false;
        if (known) parts.push(`${open ? "L" : "M"}${this.x(x).toFixed(1)} ${this.y(person.rootZ[i]).toFixed(1)}`);
        open = known;
      });
      svg(this.plot, "path", { class: "curve", style: `stroke:${person.color}`, d: parts.join("") });
      return svg(this.plot, "circle", { r: 6, fill: person.color, stroke: "var(--card)", "stroke-width": 2 });
    });
    this.show(this.time);
  }

  show(time) {
    this.time = time;
    (this.dots || []).forEach((dot, i) => {
      const person = this.people[i], pose = poseAt(person, time, this.data);
      dot.style.display = pose && !Number.isNaN(pose.xyz[0]) ? "" : "none";
      if (pose) {
        dot.setAttribute("cx", this.x(pose.xyz[0]));
        dot.setAttribute("cy", this.y(-pose.xyz[2]));
      }
    });
  }
}
