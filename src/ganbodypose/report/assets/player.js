// The 3D view: an eye that can be turned around the selected person, drawn on a plain canvas.

class Player {
  constructor(canvas, tooltip, data, people) {
    Object.assign(this, { canvas, tooltip, data, people, selected: 0, time: data.startS });
    this.marks = [];
    this.pointer = null;
    this.target = null;
    this.setView("camera");
    this.azimuth = 0.6;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  setView(name) {
    const views = { camera: [0, 0.14], side: [Math.PI / 2, 0.14], above: [0, 1.45] };
    [this.azimuth, this.elevation] = views[name];
    this.zoom = 1;
    this.draw();
  }

  turn(dx, dy) {
    this.azimuth += dx;
    this.elevation = Math.min(Math.max(this.elevation + dy, -0.2), 1.5);
    this.draw();
  }

  zoomBy(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.3), 6);
    this.draw();
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.drag = [event.clientX, event.clientY];
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.drag) {
        this.turn(-(event.clientX - this.drag[0]) * 0.008, (event.clientY - this.drag[1]) * 0.006);
        this.drag = [event.clientX, event.clientY];
      }
      this.pointer = [event.offsetX, event.offsetY];
      this.showTooltip();
    });
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { this.drag = null; });
    canvas.addEventListener("pointerleave", () => { this.pointer = null; this.showTooltip(); });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return; // else the page could not be scrolled
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY * 0.0015));
    }, { passive: false });
  }

  show(time, selected) {
    this.time = time;
    if (selected !== undefined && selected !== this.selected) { this.selected = selected; this.target = null; }
    this.draw();
  }

  // Width, height and the drawing context in CSS pixels.
  prepare() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineCap = context.lineJoin = "round";
    return [context, width, height];
  }

  // A function from x, y, z to [px, py, depth].
  eye(width, height) {
    const distance = 5 / this.zoom, focal = (Math.min(width, height * 1.1) * 5) / 2.6;
    const [sa, ca, se, ce] = [Math.sin(this.azimuth), Math.cos(this.azimuth), Math.sin(this.elevation), Math.cos(this.elevation)];
    const [tx, ty, tz] = this.target;
    return (x, y, z) => {
      const right = (x - tx) * ca - (z - tz) * sa;
      const towards = (x - tx) * sa * ce + (y - ty) * se + (z - tz) * ca * ce;
      const up = -(x - tx) * sa * se + (y - ty) * ce - (z - tz) * ca * se;
      const depth = Math.max(distance - towards, 0.1);
      return [width / 2 + (focal * right) / depth, height * 0.52 - (focal * up) / depth, depth, focal / depth];
    };
  }

  draw() {
    if (!this.people || !this.people.length || !this.canvas.clientWidth) return;
    const [context, width, height] = this.prepare();
    const poses = this.people.map((person) => poseAt(person, this.time, this.data));
    const main = poses[this.selected];
    if (main && !Number.isNaN(main.xyz[0] + main.floor)) {
      const [x, y, z] = main.xyz; // the pelvis; in a high jump the view leaves the floor
      this.floor = main.floor;
      this.target = [x, Math.min(Math.max(main.floor + 0.95, y - 0.6), y + 0.6), z];
    }
    this.marks = [];
    if (this.target) {
      const project = this.eye(width, height);
      this.drawFloor(context, project);
      const order = poses.map((_, i) => i).filter((i) => poses[i]);
      order.sort((a, b) => this.depthOf(poses[b], project) - this.depthOf(poses[a], project));
      for (const i of order) this.drawShadow(context, project, poses[i], this.people[i].color);
      for (const i of order) this.drawBody(context, project, poses[i], i === this.selected);
    }
    if (!main) {
      context.fillStyle = "#9aa4b8";
      context.font = "14px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText(`person ${this.people[this.selected].id} is not in view at this moment`, width / 2, height / 2);
    }
    this.showTooltip();
  }

  depthOf(pose, project) { return project(pose.xyz[0], pose.xyz[1], pose.xyz[2])[2]; }

  drawFloor(context, project) {
    const [tx, , tz] = this.target, y = this.floor, radius = 2, step = 0.5;
    const path = (points) => {
      context.beginPath();
      points.forEach(([x, z], i) => context[i ? "lineTo" : "moveTo"](...project(x, y, z).slice(0, 2)));
    };
    const rim = Array.from({ length: 73 }, (_, i) => [tx + radius * Math.cos(i * Math.PI / 36), tz + radius * Math.sin(i * Math.PI / 36)]);
    path(rim);
    context.fillStyle = "#1a1f29";
    context.fill();
    context.strokeStyle = "#343b4c";
    context.lineWidth = 1;
    for (const across of [tx, tz]) {
      for (let at = Math.ceil((across - radius) / step) * step; at <= across + radius; at += step) {
        const half = Math.sqrt(Math.max(radius ** 2 - (at - across) ** 2, 0));
        path(across === tx ? [[at, tz - half], [at, tz + half]] : [[tx - half, at], [tx + half, at]]);
        context.stroke();
      }
      if (tx === tz) break;
    }
  }

  drawShadow(context, project, pose, color) {
    const point = (j) => project(pose.xyz[3 * j], pose.floor, pose.xyz[3 * j + 2]);
    context.strokeStyle = "#0b0d12";
    context.beginPath();
    for (const [a, b] of this.data.bones) {
      const [pa, pb] = [point(a), point(b)];
      if (Number.isNaN(pa[0] + pb[0])) continue;
      context.moveTo(pa[0], pa[1]);
      context.lineTo(pb[0], pb[1]);
    }
    context.lineWidth = 0.05 * point(0)[3] || 3;
    context.stroke();
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let i = 0; i <= 40; i++) {
      const [x, z] = [0.22 * Math.cos(i * Math.PI / 20), 0.22 * Math.sin(i * Math.PI / 20)];
      context.lineTo(...project(pose.xyz[0] + x, pose.floor, pose.xyz[2] + z).slice(0, 2));
    }
    context.stroke();
  }

  drawBody(context, project, pose, selected) {
    const count = this.data.joints.length;
    const points = Array.from({ length: count }, (_, j) => project(pose.xyz[3 * j], pose.xyz[3 * j + 1], pose.xyz[3 * j + 2]));
    const known = (j) => !Number.isNaN(points[j][0]);
    context.globalAlpha = selected ? 0.2 : 0.08;
    for (let j = 0; j < count; j++) {
      if (known(j)) this.disc(context, points[j], (pose.error[j] / 1000) * points[j][3], errorColor(pose.error[j], this.data));
    }
    context.globalAlpha = selected ? 1 : 0.45;
    const bones = this.data.bones.filter(([a, b]) => known(a) && known(b));
    bones.sort((p, q) => points[q[0]][2] + points[q[1]][2] - points[p[0]][2] - points[p[1]][2]);
    for (const [a, b] of bones) {
      const thick = 0.052 * (points[a][3] + points[b][3]) / 2;
      this.bone(context, points[a], points[b], thick + 3, "#11141b");
      this.bone(context, points[a], points[b], thick, errorColor((pose.error[a] + pose.error[b]) / 2, this.data));
    }
    for (let j = 0; j < count; j++) {
      if (!known(j)) continue;
      const size = 0.033 * points[j][3];
      this.disc(context, points[j], size + 1, "#11141b");
      this.disc(context, points[j], size, errorColor(pose.error[j], this.data));
      if (selected) this.marks.push({ x: points[j][0], y: points[j][1], joint: j, mm: pose.error[j] });
    }
    context.fillStyle = "#aeb7c8";
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    for (const side of ["left", "right"]) {
      const wrist = points[this.data.joints.indexOf(`${side} wrist`)];
      context.fillText(side[0].toUpperCase(), wrist[0] + 10, wrist[1] + 4);
    }
    context.globalAlpha = 1;
  }

  disc(context, [x, y], radius, color) {
    context.fillStyle = color;
    context.beginPath();
    context.arc(x, y, Math.max(radius, 0) || 0, 0, 2 * Math.PI);
    context.fill();
  }

  bone(context, a, b, width, color) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(a[0], a[1]);
    context.lineTo(b[0], b[1]);
    context.stroke();
  }

  showTooltip() {
    let best = null, nearest = 18;
    for (const mark of this.pointer ? this.marks : []) {
      const far = Math.hypot(mark.x - this.pointer[0], mark.y - this.pointer[1]);
      if (far < nearest) [best, nearest] = [mark, far];
    }
    this.tooltip.hidden = !best;
    if (!best) return;
    const error = Number.isNaN(best.mm) ? `${this.data.colorWords} not known` : `${best.mm.toFixed(0)} mm ${this.data.colorWords}`;
    this.tooltip.textContent = `${this.data.joints[best.joint]}: ${error}`;
    this.tooltip.style.left = `${Math.min(Math.max(best.x, 110), this.canvas.clientWidth - 110)}px`;
    this.tooltip.style.top = `${Math.max(best.y, 40)}px`;
  }
}
