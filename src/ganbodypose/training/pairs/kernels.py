"""The inner loops: skinning, projection, z-buffer, shading, shadows, film. Compiled by Numba, one thread.

Arrays: V vertices, F triangles; points [V,3] float32 m in the world; faces [F,3] int32. Pixel (0, 0) is the centre of
the top-left pixel. Depth is kept as its inverse (0: nothing there), which is linear on the screen.
"""

from __future__ import annotations

import numba
import numpy as np

NOISE_CELLS = 64  # side of the noise volume, which repeats
MATERIALS = 6  # rows of one figure's materials: skin, top, bottom, shoe, hair, spare
FIELDS = 4  # top, bottom, shoe, hair: how far inside (> 0) of each garment a vertex lies, m
SKIN, TOP, BOTTOM, SHOE, HAIR = range(5)
PLAIN, RINGS, STRIPES, CHECKS, BLOTS, PRINT = range(6)
# Columns of a row of materials; a colour is three columns.
COLOUR, SECOND, PATTERN, SCALE, FOLDS, FOLD_SCALE, SHINE, GRAIN, PRINT_BOX = 0, 3, 6, 7, 8, 9, 10, 11, 12
MATERIAL_COLUMNS = 16

_jit = numba.njit(cache=True, fastmath=True)


@_jit
def skin(rest, weights, bones, rotations, heads, rest_heads, out):
    """Linear blend skinning: rest [V,3], weights and bones [V,K], rotations [B,3,3], heads [B,3] -> out [V,3]."""
    for i in range(rest.shape[0]):
        x = y = z = np.float32(0)
        for k in range(weights.shape[1]):
            w = weights[i, k]
            if w == 0:
                continue
            b = bones[i, k]
            dx, dy, dz = (
                rest[i, 0] - rest_heads[b, 0],
                rest[i, 1] - rest_heads[b, 1],
                rest[i, 2] - rest_heads[b, 2],
            )
            R = rotations[b]
            x += w * (R[0, 0] * dx + R[0, 1] * dy + R[0, 2] * dz + heads[b, 0])
            y += w * (R[1, 0] * dx + R[1, 1] * dy + R[1, 2] * dz + heads[b, 1])
            z += w * (R[2, 0] * dx + R[2, 1] * dy + R[2, 2] * dz + heads[b, 2])
        out[i, 0], out[i, 1], out[i, 2] = x, y, z


@_jit
def vertex_normals(points, faces, out):
    """Unit normals [V,3], averaged over the triangles around each vertex by their area."""
    out[:] = 0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            i = faces[f, k]
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + np.float32(1e-12)
        out[i, 0] /= length
        out[i, 1] /= length
        out[i, 2] /= length


@_jit
def project(points, R, t, K, distortion, nearest, pixels, inverse_depth):
    """World points [V,3] to pixels [V,2] and inverse depth [V], which is 0 nearer than `nearest`.

    R, t: world to camera; K [3,3]; distortion [k1,k2,p1,p2,k3] as OpenCV's.
    """
    k1, k2, p1, p2, k3 = distortion[0], distortion[1], distortion[2], distortion[3], distortion[4]
    for i in range(points.shape[0]):
        X, Y, Z = points[i, 0], points[i, 1], points[i, 2]
        depth = R[2, 0] * X + R[2, 1] * Y + R[2, 2] * Z + t[2]
        inverse_depth[i] = 0
        pixels[i, 0] = pixels[i, 1] = -1e6
        if depth < nearest:
            continue
        x = (R[0, 0] * X + R[0, 1] * Y + R[0, 2] * Z + t[0]) / depth
        y = (R[1, 0] * X + R[1, 1] * Y + R[1, 2] * Z + t[1]) / depth
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        pixels[i, 0] = K[0, 0] * u + K[0, 2]
        pixels[i, 1] = K[1, 1] * v + K[1, 2]
        inverse_depth[i] = 1 / depth


@_jit
def rasterize(pixels, inverse_depth, faces, one_sided, nearest, face_at, second, third):
    """The nearest triangle of every pixel: its number, and the screen weights of its second and third corner.

    `nearest` [H,W] inverse depth holds what is already there (0: nothing), face_at [H,W] -1; both are updated. A
    one-sided triangle is seen only where its corners go round anticlockwise on the screen.
    """
    height, width = nearest.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        za, zb, zc = inverse_depth[a], inverse_depth[b], inverse_depth[c]
        if za <= 0 or zb <= 0 or zc <= 0:
            continue
        x0, y0, x1, y1 = pixels[a, 0], pixels[a, 1], pixels[b, 0], pixels[b, 1]
        x2, y2 = pixels[c, 0], pixels[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0 or (one_sided[f] and area > 0):
            continue
        left, right = int(max(0, np.ceil(min(x0, x1, x2)))), int(min(width - 1, np.floor(max(x0, x1, x2))))
        top, bottom = int(max(0, np.ceil(min(y0, y1, y2)))), int(min(height - 1, np.floor(max(y0, y1, y2))))
        scale = 1 / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                u = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * scale
                v = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * scale
                if u < 0 or v < 0 or u + v > 1:
                    continue
                z = za + u * (zb - za) + v * (zc - za)
                if z > nearest[y, x]:
                    nearest[y, x] = z
                    face_at[y, x] = f
                    second[y, x] = u
                    third[y, x] = v


@_jit
def shadow_map(light_points, faces, out):
    """Distance along the light of what it meets first: light_points [V,3] (map x, map y, distance) -> out [S,S]."""
    side = out.shape[0]
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        x0, y0, x1, y1 = light_points[a, 0], light_points[a, 1], light_points[b, 0], light_points[b, 1]
        x2, y2 = light_points[c, 0], light_points[c, 1]
        left, right = int(max(0, min(x0, x1, x2))), int(min(side - 1, max(x0, x1, x2)))
        top, bottom = int(max(0, min(y0, y1, y2))), int(min(side - 1, max(y0, y1, y2)))
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0:
            continue
        scale = 1 / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                u = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * scale
                v = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * scale
                if u < 0 or v < 0 or u + v > 1:
                    continue
                d = light_points[a, 2] + u * (light_points[b, 2] - light_points[a, 2])
                d += v * (light_points[c, 2] - light_points[a, 2])
                out[y, x] = min(out[y, x], d)


@_jit
def _lit(shadows, x, y, distance):
    """The part of a 3 x 3 neighbourhood of the shadow map that the light reaches."""
    side = shadows.shape[0]
    lit = 0
    for i in range(int(y) - 1, int(y) + 2):
        for j in range(int(x) - 1, int(x) + 2):
            if i < 0 or j < 0 or i >= side or j >= side or shadows[i, j] > distance:
                lit += 1
    return lit / np.float32(9)


@_jit
def cast_shadows(picture, light_at, shadows, shift, strength):
    """Darken picture [H,W,3] where a background point light_at [H,W,3] (map x, y, distance; NaN: none) lies in shadow;
    `shift` [3] moves these into the map's frame."""
    side = shadows.shape[0]
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            u, v = light_at[y, x, 0] + shift[0], light_at[y, x, 1] + shift[1]
            if u > 0 and v > 0 and u < side and v < side:
                dark = 1 - strength * (
                    1 - _lit(shadows, u, v, light_at[y, x, 2] + shift[2] - np.float32(0.02))
                )
                for k in range(3):
                    picture[y, x, k] *= dark


@_jit
def _pattern(row, x, y, z, noise):
    """0 or 1 (or between): which of a material's two colours the rest point (x, y, z) has."""
    kind, scale = int(row[PATTERN]), row[SCALE]
    if kind == RINGS:
        return np.float32((z * scale) % 1 > 0.5)
    if kind == STRIPES:
        return np.float32((np.arctan2(y, x) * scale * 0.15) % 1 > 0.6)
    if kind == CHECKS:
        return np.float32(0.5) * (((x + y) * scale) % 1 > 0.5) + np.float32(0.5) * ((z * scale) % 1 > 0.5)
    if kind == BLOTS:
        return np.float32(_noise(noise, x * scale, y * scale, z * scale)[0] > 0.55)
    if kind == PRINT:
        inside = y < 0 and abs(x) < row[PRINT_BOX] and abs(z - row[PRINT_BOX + 1]) < row[PRINT_BOX + 2]
        return np.float32(inside)
    return np.float32(0)


@_jit
def _noise(noise, x, y, z):
    """Value and slopes of the smooth noise volume [S,S,S,4], eight voxels to a unit."""
    side = noise.shape[0]
    return noise[int(np.floor(x * 8)) % side, int(np.floor(y * 8)) % side, int(np.floor(z * 8)) % side]


@_jit
def _material(fields, wa, wb, wc, a, b, c):
    """Which garment a point of the body shows: the first of shoe, top, bottom and hair that it lies inside of."""
    for field, material in ((2, SHOE), (0, TOP), (1, BOTTOM), (3, HAIR)):
        if wa * fields[a, field] + wb * fields[b, field] + wc * fields[c, field] > 0:
            return material
    return SKIN


@_jit
def _blend(values, a, b, c, wa, wb, wc):
    """Three of a vertex's values, mixed over its triangle."""
    return (
        wa * values[a, 0] + wb * values[b, 0] + wc * values[c, 0],
        wa * values[a, 1] + wb * values[b, 1] + wc * values[c, 1],
        wa * values[a, 2] + wb * values[b, 2] + wc * values[c, 2],
    )


@_jit
def _unit(x, y, z):
    length = np.sqrt(x * x + y * y + z * z) + np.float32(1e-9)
    return x / length, y / length, z / length


@_jit
def _lamp(px, py, pz, nx, ny, nz, light, to_map, shadows):
    """How much of the lamp's light a point with that normal gets: its cosine, where no shadow falls."""
    facing = nx * light[0] + ny * light[1] + nz * light[2]
    if facing <= 0:
        return np.float32(0)
    qx, qy, qz = px + nx * np.float32(0.01), py + ny * np.float32(0.01), pz + nz * np.float32(0.01)
    u = to_map[0, 0] * qx + to_map[0, 1] * qy + to_map[0, 2] * qz + to_map[0, 3]
    v = to_map[1, 0] * qx + to_map[1, 1] * qy + to_map[1, 2] * qz + to_map[1, 3]
    d = to_map[2, 0] * qx + to_map[2, 1] * qy + to_map[2, 2] * qz + to_map[2, 3]
    return facing * _lit(shadows, u, v, d - np.float32(0.015))


@_jit
def shade(
    nearest, face_at, second, third, faces, kind, base, inverse_depth, points, normals, rest, fields, colours,
    materials, noise, camera, light, light_colour, ambient, to_map, shadows, out,
):  # fmt: skip
    """Colour and cover of every pixel that shows a figure: out [H,W,4].

    kind [F]: material of a triangle, or -1 where `fields` [V,FIELDS] decide pixel by pixel; base [F]: first row of its
    figure in materials; colours [V,3] of skin; camera [3] and light [3] (unit, towards it) in the world; to_map [3,4]:
    world to the shadow map.
    """
    for y in range(nearest.shape[0]):
        for x in range(nearest.shape[1]):
            f = face_at[y, x]
            out[y, x, 0] = out[y, x, 1] = out[y, x, 2] = out[y, x, 3] = 0
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            depth = 1 / nearest[y, x]
            wb, wc = second[y, x] * inverse_depth[b] * depth, third[y, x] * inverse_depth[c] * depth
            wa = 1 - wb - wc
            px, py, pz = _blend(points, a, b, c, wa, wb, wc)
            nx, ny, nz = _blend(normals, a, b, c, wa, wb, wc)
            rx, ry, rz = _blend(rest, a, b, c, wa, wb, wc)
            material = kind[f] if kind[f] >= 0 else _material(fields, wa, wb, wc, a, b, c)
            row = materials[base[f] + material]
            if row[FOLDS] > 0:
                scale = row[FOLD_SCALE] / 8
                slope = _noise(noise, rx * scale, ry * scale, rz * scale * np.float32(0.6))
                nx -= row[FOLDS] * slope[1]
                ny -= row[FOLDS] * slope[2]
                nz -= row[FOLDS] * slope[3]
            nx, ny, nz = _unit(nx, ny, nz)
            vx, vy, vz = _unit(camera[0] - px, camera[1] - py, camera[2] - pz)
            if nx * vx + ny * vy + nz * vz < 0:
                nx, ny, nz = -nx, -ny, -nz
            lit = _lamp(px, py, pz, nx, ny, nz, light, to_map, shadows)
            hx, hy, hz = _unit(vx + light[0], vy + light[1], vz + light[2])
            half = nx * hx + ny * hy + nz * hz
            shine = row[SHINE] * half**24 if lit > 0 and half > 0 else np.float32(0)
            sky = np.float32(0.65) + np.float32(0.35) * nz
            grain = 1 + row[GRAIN] * (_noise(noise, rx * 40, ry * 40, rz * 40)[0] - np.float32(0.5))
            mix = _pattern(row, rx, ry, rz, noise)
            for k in range(3):
                if material == SKIN:
                    own = wa * colours[a, k] + wb * colours[b, k] + wc * colours[c, k]
                else:
                    own = row[COLOUR + k] * (1 - mix) + row[SECOND + k] * mix
                out[y, x, k] = (
                    own * grain * (ambient[k] * sky + light_colour[k] * lit) + shine * light_colour[k]
                )
            out[y, x, 3] = 1


@_jit
def develop(picture, tone, out):
    """Linear light [H,W,3] to uint8 by a table `tone` [N] over 0 to 1."""
    last = tone.shape[0] - 1
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            for k in range(3):
                out[y, x, k] = tone[int(min(max(picture[y, x, k], 0), 1) * last)]


@_jit
def add_grain(picture, grain, dy, dx, strength):
    """Sensor noise of sd `strength` in place: picture uint8 [H,W,3] plus grain int8 [.,.,3] (sd 32) from (dy, dx)."""
    factor = np.float32(strength / 32)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            for k in range(3):
                value = picture[y, x, k] + grain[y + dy, x + dx, k] * factor
                picture[y, x, k] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
