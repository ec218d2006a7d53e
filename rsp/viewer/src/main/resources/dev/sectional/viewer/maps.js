'use strict';
/* Arithmetic and colours of relevance maps. Nothing here touches the document. Sums over channels are rounded to
   float32 after each addition, as the library does, so that the page shows the library's values to the bit. */
const Maps = (() => {
  const COLOURS = {
    'blue-red': {positive: [178, 24, 43], negative: [33, 102, 172], names: ['red', 'blue']},
    'purple-orange': {positive: [179, 88, 6], negative: [84, 39, 136], names: ['orange', 'purple']},
  };
  const SEQUENTIAL = [[255, 255, 255], [254, 227, 145], [254, 153, 41], [204, 76, 2], [102, 37, 6]];
  const UNSEEN = 228;
  const STEPS = 255;

  /** Splits a reply of the server into its JSON and its float32 values. */
  function payload(buffer) {
    const length = new DataView(buffer).getInt32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    return {head, floats: new Float32Array(buffer, 4 + 4 * Math.ceil(length / 4))};
  }

  /** One value per pixel: the sum over channels, or for values without a sign the greatest absolute value. */
  function flattened(relevance, [channels, height, width], signed) {
    const values = new Float32Array(height * width);
    for (let c = 0, i = 0; c < channels; c++) {
      for (let p = 0; p < values.length; p++, i++) {
        values[p] = signed ? values[p] + relevance[i] : Math.max(values[p], Math.abs(relevance[i]));
      }
    }
    return values;
  }

  function sortedAbsolutes(arrays) {
    const all = new Float32Array(arrays.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const array of arrays) {
      for (let i = 0; i < array.length; i++) all[at++] = Math.abs(array[i]);
    }
    return all.sort();
  }

  /** The value at a percentile of sorted absolute values; the greatest one if that is 0. */
  function percentile(sorted, percent) {
    if (sorted.length === 0) return 0;
    const at = sorted[Math.ceil(percent / 100 * (sorted.length - 1))];
    return at > 0 ? at : sorted[sorted.length - 1];
  }

  /** Borders of the canvas's pixels in pixels of the map; `from` and `to` are the part of the photo that was seen. */
  function borders(pixels, from, to, mapPixels) {
    return Float64Array.from({length: pixels + 1}, (_, i) => (i / pixels - from) / (to - from) * mapPixels);
  }

  /** Brings a map to the size of a canvas: the mean where it is smaller, else the pixel itself, or bilinear. */
  function sampled(map, width, height) {
    const values = new Float32Array(width * height);
    const across = borders(width, map.seen[0], map.seen[2], map.width);
    const down = borders(height, map.seen[1], map.seen[3], map.height);
    const smaller = across[1] - across[0] > 1 || down[1] - down[0] > 1;
    for (let y = 0, i = 0; y < height; y++) {
      const v = (down[y] + down[y + 1]) / 2;
      for (let x = 0; x < width; x++, i++) {
        const u = (across[x] + across[x + 1]) / 2;
        if (u < 0 || u >= map.width || v < 0 || v >= map.height) values[i] = NaN;
        else if (smaller) values[i] = mean(map, across[x], down[y], across[x + 1], down[y + 1]);
        else if (map.coarse) values[i] = bilinear(map, u, v);
        else values[i] = map.values[Math.floor(v) * map.width + Math.floor(u)];
      }
    }
    return values;
  }

  function mean(map, x0, y0, x1, y1) {
    const left = Math.max(0, x0), top = Math.max(0, y0);
    const right = Math.min(map.width, x1), bottom = Math.min(map.height, y1);
    let sum = 0;
    for (let y = Math.floor(top); y < bottom; y++) {
      const rows = Math.min(bottom, y + 1) - Math.max(top, y);
      for (let x = Math.floor(left); x < right; x++) {
        sum += rows * (Math.min(right, x + 1) - Math.max(left, x)) * map.values[y * map.width + x];
      }
    }
    return sum / ((right - left) * (bottom - top));
  }

  function bilinear(map, x, y) {
    const u = Math.max(0, Math.min(map.width - 1, x - 0.5)), v = Math.max(0, Math.min(map.height - 1, y - 0.5));
    const left = Math.floor(u), top = Math.floor(v);
    const right = Math.min(map.width - 1, left + 1), bottom = Math.min(map.height - 1, top + 1);
    const at = (row, column) => map.values[row * map.width + column];
    const above = at(top, left) * (1 - u + left) + at(top, right) * (u - left);
    const below = at(bottom, left) * (1 - u + left) + at(bottom, right) * (u - left);
    return above * (1 - v + top) + below * (v - top);
  }

  const blended = (from, to, strength) => from + (to - from) * strength;

  function sequential(strength) {
    const at = strength * (SEQUENTIAL.length - 1);
    const step = Math.min(Math.floor(at), SEQUENTIAL.length - 2);
    return [0, 1, 2].map((c) => blended(SEQUENTIAL[step][c], SEQUENTIAL[step + 1][c], at - step));
  }

  /**
   * Tables from -STEPS to STEPS: the share of the grey photo that stays, and what is added to each colour. The pixel is
   * `grey * rest + colour`.
   */
  function tables(look, signed) {
    const size = 2 * STEPS + 1;
    const made = {rest: new Float32Array(size), red: new Float32Array(size), green: new Float32Array(size),
      blue: new Float32Array(size)};
    for (let step = -STEPS; step <= STEPS; step++) {
      const i = step + STEPS, strength = Math.abs(step) / STEPS;
      const hidden = signed && (look.sign === 'for' && step < 0 || look.sign === 'against' && step > 0);
      const full = COLOURS[look.colours][step < 0 ? 'negative' : 'positive'];
      const onWhite = signed ? full.map((end) => blended(255, end, strength)) : sequential(strength);
      const colour = hidden ? [255, 255, 255] : look.view === 'heatmap' || !signed ? onWhite : full;
      const opacity = look.view === 'heatmap' ? 1 : hidden ? 0 : look.opacity * Math.pow(strength, look.gamma);
      made.rest[i] = 1 - opacity;
      [made.red[i], made.green[i], made.blue[i]] = colour.map((each) => each * opacity + 0.5);
    }
    return made;
  }

  /** The photo without its colours, between a fifth and full brightness, so that dark parts show relevance, too. */
  function greys(photo) {
    return Float32Array.from({length: photo.length / 4}, (_, i) =>
      51 + 0.8 * (0.299 * photo[4 * i] + 0.587 * photo[4 * i + 1] + 0.114 * photo[4 * i + 2]));
  }

  /** Fills the pixels of an image; `values` come from `sampled`; `scale` is drawn at full strength. */
  function draw(image, grey, values, scale, look, signed) {
    const target = new Uint32Array(image.data.buffer);
    const {rest, red, green, blue} = tables(look, signed);
    const factor = scale > 0 ? STEPS / scale : 0, plain = look.view === 'heatmap';
    for (let i = 0; i < values.length; i++) {
      const value = values[i] * factor, shade = grey[i];
      if (value !== value) {
        target[i] = 0xff000000 | (plain ? UNSEEN : (shade + UNSEEN) / 2 | 0) * 0x10101;
        continue;
      }
      const step = (value > STEPS ? STEPS : value < -STEPS ? -STEPS : value) + STEPS + 0.5 | 0, kept = rest[step];
      target[i] = 0xff000000 | (shade * kept + blue[step] | 0) << 16 | (shade * kept + green[step] | 0) << 8
        | (shade * kept + red[step] | 0);
    }
  }

  /** Sums over the pixels for which `inside(x, y)` holds, and their shares of all positive and all negative values. */
  function sums(map, inside) {
    let sum = 0, positive = 0, negative = 0, pixels = 0, allPositive = 0, allNegative = 0;
    for (let y = 0, i = 0; y < map.height; y++) {
      for (let x = 0; x < map.width; x++, i++) {
        const value = map.values[i], counts = inside(x, y);
        if (value > 0) allPositive += value; else allNegative += value;
        if (!counts) continue;
        pixels++;
        sum += value;
        if (value > 0) positive += value; else negative += value;
      }
    }
    return {sum, pixels, area: pixels / map.values.length,
      positive: allPositive ? positive / allPositive : 0, negative: allNegative ? negative / allNegative : 0};
  }

  /** A .npy file of float32 in row-major order, with the bytes that the library writes. */
  function npy(data, shape) {
    const dims = shape.join(', ') + (shape.length === 1 ? ',' : '');
    let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
    const length = 11 + header.length;
    header += ' '.repeat((64 - length % 64) % 64) + '\n';
    const bytes = new Uint8Array(10 + header.length + 4 * data.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
    for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i);
    const view = new DataView(bytes.buffer, 10 + header.length);
    for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i], true);
    return bytes;
  }

  return {COLOURS, payload, flattened, sortedAbsolutes, percentile, sampled, greys, draw, sums, npy, sequential};
})();
