'use strict';
/* The position that the user points at and the rectangle that was drawn, the same on every map. Both are in pixels of
   the network's input. */
class Pointer {
  constructor(page) {
    this.page = page;
  }

  /** Shows the values at a position of all maps, and what the brush around it covers; null hides it. */
  point(at) {
    const [rows, columns] = this.page.image.input;
    const inside = at && at.x >= 0 && at.y >= 0 && at.x < columns && at.y < rows;
    this.at = inside ? at : this.at;
    const {brush} = this.page.look;
    const covers = (x, y) => (x - at.x) ** 2 + (y - at.y) ** 2 < brush * brush;
    let pixels = 0;
    for (const cell of this.page.shownCells()) {
      cell.cursor.hidden = !inside;
      if (!inside || !cell.map) {
        cell.read(null);
        continue;
      }
      cell.place(cell.cursor, at.x + 0.5 - brush, at.y + 0.5 - brush, at.x + 0.5 + brush, at.y + 0.5 + brush);
      const part = Maps.sums(cell.map, covers);
      ({pixels} = part);
      cell.read(cell.map.values[at.y * columns + at.x], part);
    }
    document.getElementById('readout').textContent = inside
      ? `Column ${at.x}, row ${at.y} of ${columns} x ${rows}, ring of ${pixels} pixels: value and shares stand below each map.`
      : 'Point at a map to read its values. Drag a rectangle to add them up.';
  }

  /** Sets the rectangle between two positions, or removes it. */
  rectangle(from, to) {
    this.part = null;
    if (from && this.page.image) {
      const [rows, columns] = this.page.image.input;
      const clipped = (value, most) => Math.max(0, Math.min(most - 1, value));
      const xs = [clipped(from.x, columns), clipped(to.x, columns)].sort((a, b) => a - b);
      const ys = [clipped(from.y, rows), clipped(to.y, rows)].sort((a, b) => a - b);
      if (xs[1] > xs[0] || ys[1] > ys[0]) this.part = [xs[0], ys[0], xs[1] + 1, ys[1] + 1];
    }
    for (const cell of this.page.image ? this.page.shownCells() : []) {
      cell.box.hidden = !this.part;
      if (this.part) cell.place(cell.box, this.part[0], this.part[1], this.part[2], this.part[3]);
    }
    this.page.region.show();
  }

  /** Moves the brush by arrow keys; with Shift the far corner of a rectangle. */
  key(event) {
    const [rows, columns] = this.page.image.input;
    const step = Math.max(1, Math.round(columns / 56));
    const move = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[event.key];
    if (event.key === 'Escape') {
      this.anchor = null;
      this.rectangle(null);
      this.point(null);
    }
    if (!move) return;
    event.preventDefault();
    const from = this.at || {x: columns >> 1, y: rows >> 1};
    const to = {x: Math.max(0, Math.min(columns - 1, from.x + move[0])),
      y: Math.max(0, Math.min(rows - 1, from.y + move[1]))};
    this.anchor = event.shiftKey ? this.anchor || from : null;
    this.point(to);
    if (this.anchor) this.rectangle(this.anchor, to);
  }
}
