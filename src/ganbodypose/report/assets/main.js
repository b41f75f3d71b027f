// Wires the player, the charts and the controls to one time and one selected person.

function start() {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  if (!data.people.length) return;
  const people = data.people.map((packed) => readPerson(packed, data));
  const state = { time: data.startS, person: 0, playing: false, speed: 1 };
  const player = new Player(byId("stage"), byId("tooltip"), data, people);
  const charts = makeCharts(data, people, (time) => { pause(); seek(time); });
  const scrub = byId("scrub");
  const span = Math.max(data.endS - data.startS, 1e-6);

  function seek(time) {
    state.time = Math.min(Math.max(time, data.startS), data.endS);
    player.show(state.time, state.person);
    for (const chart of charts.all) chart.show(state.time);
    scrub.value = Math.round(((state.time - data.startS) / span) * 1000);
    scrub.setAttribute("aria-valuetext", `${state.time.toFixed(2)} seconds`);
    byId("clock").textContent = `${state.time.toFixed(2)} s`;
    describe();
  }

  function describe() {
    const person = people[state.person], row = rowAt(person, state.time);
    const pose = poseAt(person, state.time, data);
    const quality = pose && !Number.isNaN(person.quality[row]) ? ` · quality ${person.quality[row].toFixed(0)} %` : "";
    const name = document.createElement("b");
    name.textContent = `Person ${person.id}`;
    byId("now").replaceChildren(name, pose ? ` · frame ${person.frame[row]}${quality}` : "");
  }

  function select(index) {
    state.person = index;
    for (const block of document.querySelectorAll("[data-person]")) block.hidden = Number(block.dataset.person) !== index;
    charts.select(people[index]);
    if (!poseAt(people[index], state.time, data)) state.time = people[index].time[0];
    seek(state.time);
  }

  function tick(now) {
    if (!state.playing) return;
    const next = state.time + ((now - state.last) / 1000) * state.speed;
    state.last = now;
    if (next >= data.endS) { seek(data.endS); pause(); return; }
    seek(next);
    requestAnimationFrame(tick);
  }

  function play() {
    if (state.time >= data.endS - 1e-3) seek(data.startS);
    Object.assign(state, { playing: true, last: performance.now() });
    showPlaying();
    requestAnimationFrame(tick);
  }

  function pause() { state.playing = false; showPlaying(); }

  function showPlaying() {
    byId("play").setAttribute("aria-label", state.playing ? "Pause" : "Play");
    byId("play-icon").setAttribute("d", state.playing ? "M3 2h4v12H3zM9 2h4v12H9z" : "M4 2l10 6-10 6z");
  }

  function step(by) {
    pause();
    const person = people[state.person];
    const row = Math.min(Math.max(rowAt(person, state.time) + by, 0), person.rows - 1);
    seek(person.time[row]);
  }

  function onKey(event) {
    if (/^(SELECT|BUTTON|SUMMARY|A)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    const turn = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    const actions = {
      " ": () => (state.playing ? pause() : play()), ArrowLeft: () => step(-1), ArrowRight: () => step(1),
      "+": () => player.zoomBy(1.2), "=": () => player.zoomBy(1.2), "-": () => player.zoomBy(1 / 1.2),
    };
    const action = event.shiftKey && turn ? () => player.turn(...turn) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  byId("player").addEventListener("keydown", onKey);
  byId("play").addEventListener("click", () => (state.playing ? pause() : play()));
  scrub.addEventListener("input", () => { pause(); seek(data.startS + (scrub.value / 1000) * span); });
  byId("speed").addEventListener("change", (event) => { state.speed = Number(event.target.value); });
  byId("person").addEventListener("change", (event) => select(Number(event.target.value)));
  byId("person-picker").hidden = people.length < 2;
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => player.setView(button.dataset.view));
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => { select(0); seek(Number(button.dataset.seek)); byId("motion").scrollIntoView(); play(); });
  }
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => player.zoomBy(Number(button.dataset.zoom)));
  select(0);
}

function makeCharts(data, people, seek) {
  const figure = (name) => document.querySelector(`[data-chart="${name}"]`);
  const degrees = (v) => `${v.toFixed(0)}°`, metres = (v) => `${v.toFixed(2)} m`;
  const quality = new TimeChart(figure("quality"), data, { format: (v) => `${v.toFixed(0)} %`, range: [0, 100], seek });
  figure("quality").hidden = people.every((p) => p.quality.every(Number.isNaN));
  quality.setSeries(people.map((p) => ({ name: `person ${p.id}`, color: p.color, times: p.time, values: p.quality })));
  const path = new PathChart(figure("path"), data, people);
  const angles = ["knee flexion", "hip flexion", "elbow flexion", "shoulder elevation"]
    .map((name) => [new TimeChart(figure(name), data, { format: degrees, seek }), (p, side) => p.angles[`${side} ${name}`]]);
  const heights = ["wrist", "ankle"]
    .map((name) => [new TimeChart(figure(name), data, { format: metres, seek }), (p, side) => p.height(`${side} ${name}`)]);
  const sided = [...angles, ...heights];
  return {
    all: [quality, path, ...sided.map(([chart]) => chart)],
    select(person) {
      for (const [chart, values] of sided) {
        chart.setSeries(["left", "right"].map((side) => ({ name: side, color: `var(--${side})`, times: person.time, values: values(person, side) })));
      }
    },
  };
}

start();
