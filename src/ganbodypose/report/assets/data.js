"use strict";
// Reads the page's data: whole numbers in base64, the smallest of their type meaning "not known".

function unpack(base64, bytes, perUnit) {
  const raw = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(raw.buffer);
  const values = new (bytes === 2 ? Float32Array : Float64Array)(raw.length / bytes);
  const missing = bytes === 2 ? -32768 : -2147483648;
  for (let i = 0; i < values.length; i++) {
    const whole = bytes === 2 ? view.getInt16(2 * i, true) : view.getInt32(4 * i, true);
    values[i] = whole === missing ? NaN : whole / perUnit;
  }
  return values;
}

// Positions [rows x 3] with those that are not known replaced by the last known one, so that a body can be drawn.
function lastKnown(root) {
  const filled = root.slice();
  const first = Math.max(root.findIndex((v) => !Number.isNaN(v)), 0);
  for (let i = 0; i < filled.length; i++) {
    if (Number.isNaN(filled[i])) filled[i] = i < 3 ? root[first - (first % 3) + i] : filled[i - 3];
  }
  return filled;
}

// Axes of the page: x to the right of the camera, y up, z towards the camera; metres.
function readPerson(packed, data) {
  const count = data.joints.length;
  const joints = unpack(packed.jointsMm, 2, 1000);
  const root = unpack(packed.rootMm, 4, 1000);
  const shown = lastKnown(root);
  const floor = unpack(packed.floorMm, 4, 1000).map((below) => -below);
  const xyz = new Float32Array(joints.length);
  for (let row = 0; row < packed.rows; row++) {
    for (let j = 0; j < count; j++) {
      for (let axis = 0; axis < 3; axis++) {
        const at = 3 * (row * count + j) + axis;
        xyz[at] = (joints[at] + shown[3 * row + axis]) * (axis === 0 ? 1 : -1);
      }
    }
  }
  const person = {
    id: packed.id, color: packed.color, rows: packed.rows, floor, xyz,
    time: unpack(packed.timeMs, 4, 1000), frame: unpack(packed.frame, 4, 1),
    error: unpack(packed.errorMm, 2, 1), quality: unpack(packed.quality, 2, 10),
    rootX: root.filter((_, i) => i % 3 === 0), rootZ: root.filter((_, i) => i % 3 === 2), angles: {},
  };
  for (const [name, values] of Object.entries(packed.angles)) person.angles[name] = unpack(values, 2, 10);
  person.height = (joint) => {
    const j = data.joints.indexOf(joint);
    return person.floor.map((floorY, row) => (
      Number.isNaN(root[3 * row]) ? NaN : person.xyz[3 * (row * count + j) + 1] - floorY));
  };
  return person;
}

// The last row at or before a time, or -1.
function rowAt(person, time) {
  let low = 0, high = person.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (person.time[middle] <= time + 1e-4) low = middle + 1; else high = middle;
  }
  return low - 1;
}

// Pose at any time, between two rows where both are known; null inside a gap.
function poseAt(person, time, data) {
  const row = rowAt(person, time), next = row + 1;
  const tail = Math.max(data.gapS, 0.05);
  if (row < 0) return null;
  const gap = next >= person.rows || person.time[next] - person.time[row] > tail;
  if (gap && time - person.time[row] > tail / 2) return null;
  const share = gap ? 0 : (time - person.time[row]) / (person.time[next] - person.time[row]);
  const mix = (values, width) => {
    const out = new Float32Array(width);
    for (let i = 0; i < width; i++) {
      const a = values[row * width + i], b = gap ? a : values[next * width + i];
      out[i] = Number.isNaN(b) ? a : a + (b - a) * share;
    }
    return out;
  };
  const count = data.joints.length;
  return { row, xyz: mix(person.xyz, 3 * count), error: mix(person.error, count), floor: mix(person.floor, 1)[0] };
}

function errorColor(mm, data) {
  if (Number.isNaN(mm)) return data.unknown;
  const last = data.scale.length - 1;
  return data.scale[Math.round(Math.min(Math.max(mm / data.scaleMm, 0), 1) * last)];
}
