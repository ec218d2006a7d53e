'use strict';
/* One map of the grid: title, canvas, colour bar, progress. Positions are pixels of the network's input. */
class Cell {
  static LONGER_SIDE = 512;

  constructor(page, image, method, entry) {
    this.page = page;
    this.image = image;
    this.method = method;
    this.entry = entry;
    this.result = null;
    this.total = '';
    this.build();
  }

  build() {
    const {image} = this;
    const scale = Cell.LONGER_SIDE / Math.max(image.width, image.height);
    this.canvas = element('canvas', {width: Math.max(1, Math.round(scale * image.width)),
      height: Math.max(1, Math.round(scale * image.height)), tabIndex: 0});
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Map of ${this.entry.label} by ${this.method}. Arrow keys move the brush, `
      + 'with Shift they draw a rectangle, Escape removes it.');
    this.cursor = element('div', {className: 'cursor', hidden: true});
    this.box = element('div', {className: 'box', hidden: true});
    this.status = element('p', {className: 'status', role: 'status'});
    this.bar = element('canvas', {width: 201, height: 1});
    this.bar.setAttribute('aria-hidden', 'true');
    this.low = element('span');
    this.high = element('span');
    this.mark = element('i', {className: 'mark', hidden: true});
    this.value = element('p', {className: 'value'});
    this.cancel = element('button', {type: 'button', className: 'cancel', textContent: 'Cancel', hidden: true});
    this.cancel.addEventListener('click', () => this.page.cancel(this.method));
    const title = element('figcaption', {}, element('strong', {textContent: this.entry.label}),
      ' ' + percent(this.entry.probability) + ', logit ' + this.entry.logit.toFixed(2) + ' ',
      element('span', {className: 'method', textContent: this.method}));
    this.node = element('figure', {className: 'cell'}, title,
      element('div', {className: 'stage'}, this.canvas, this.box, this.cursor), this.status, this.cancel,
      element('div', {className: 'scale'}, this.low, element('div', {className: 'bar'}, this.bar, this.mark),
        this.high), this.value);
    this.listen();
  }

  listen() {
    const at = (event) => {
      const area = this.canvas.getBoundingClientRect();
      return this.toMap((event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
    };
    const canvas = this.canvas;
    canvas.addEventListener('focus', () => this.page.select(this));
    canvas.addEventListener('pointermove', (event) => {
      const point = at(event);
      if (this.dragging) this.page.pointer.rectangle(this.dragging, point);
      this.page.pointer.point(point);
    });
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.dragging = at(event);
      this.page.pointer.rectangle(null);
    });
    const stop = () => {
      this.dragging = null;
    };
    canvas.addEventListener('pointerup', stop);
    canvas.addEventListener('pointercancel', stop);
    canvas.addEventListener('pointerleave', () => this.page.pointer.point(null));
    canvas.addEventListener('keydown', (event) => this.page.pointer.key(event));
  }

  /** Turns shares of the canvas's sides into a pixel of the network's input, which may lie outside it. */
  toMap(x, y) {
    const [left, top, right, bottom] = this.image.seen, [rows, columns] = this.image.input;
    return {x: Math.floor((x - left) / (right - left) * columns), y: Math.floor((y - top) / (bottom - top) * rows)};
  }

  /** Places an element over pixels x0 to x1 and y0 to y1 of the network's input. */
  place(node, x0, y0, x1, y1) {
    const [left, top, right, bottom] = this.image.seen, [rows, columns] = this.image.input;
    const share = (value, count, from, to) => 100 * (from + value / count * (to - from)) + '%';
    node.style.left = share(x0, columns, left, right);
    node.style.top = share(y0, rows, top, bottom);
    node.style.width = 100 * (x1 - x0) / columns * (right - left) + '%';
    node.style.height = 100 * (y1 - y0) / rows * (bottom - top) + '%';
  }

  show(result, signed) {
    this.result = result;
    const [, height, width] = result.shape;
    const coarse = this.method.split(':')[0].endsWith('-cam');
    this.signed = signed;
    this.map = {height, width, coarse, seen: this.image.seen,
      values: Maps.flattened(result.relevance, result.shape, signed)};
    this.values = Maps.sampled(this.map, this.canvas.width, this.canvas.height);
    this.sorted = Maps.sortedAbsolutes([this.map.values]);
    this.total = signed ? 'sum ' + number(Maps.sums(this.map, () => true).sum) : '';
    this.read(null);
    this.setStatus('');
  }

  /** Shows a value and where it lies on the bar, and what the brush covers; null shows none. */
  read(value, part) {
    const known = value !== null && value !== undefined;
    this.mark.hidden = !known || !this.scale;
    this.value.textContent = known ? `${number(value)} here; ring ${percent(part.positive)} `
      + (this.signed ? `for, ${percent(part.negative)} against` : 'of all') : this.total;
    if (this.mark.hidden) return;
    const share = Math.max(-1, Math.min(1, value / this.scale));
    this.mark.style.left = 100 * (this.signed ? (share + 1) / 2 : share) + '%';
  }

  setStatus(text, running = false) {
    this.node.classList.toggle('busy', running);
    this.status.textContent = text;
    this.status.hidden = !text;
    this.cancel.hidden = !running;
  }

  /** The photo's pixels at the canvas's size, from the picture that the page has loaded. */
  photo() {
    if (!this.pixels) {
      const {width, height} = this.canvas;
      const canvas = element('canvas', {width, height});
      const context = canvas.getContext('2d', {willReadFrequently: true});
      context.imageSmoothingQuality = 'high';
      context.drawImage(this.image.picture, 0, 0, width, height);
      this.pixels = context.getImageData(0, 0, width, height).data;
      this.grey = Maps.greys(this.pixels);
      this.drawn = new ImageData(width, height);
    }
    return this.pixels;
  }

  draw(scale, look) {
    const context = this.canvas.getContext('2d');
    const photo = this.photo();
    if (!this.result || look.view === 'photo') {
      this.drawn.data.set(photo);
      context.putImageData(this.drawn, 0, 0);
      return;
    }
    Maps.draw(this.drawn, this.grey, this.values, scale, look, this.signed);
    context.putImageData(this.drawn, 0, 0);
    this.drawBar(scale, look);
  }

  drawBar(scale, look) {
    const context = this.bar.getContext('2d');
    const {width} = this.bar, pixels = context.createImageData(width, 1);
    const values = Float32Array.from({length: width}, 
      (_, i) => this.signed ? 2 * i / (width - 1) - 1 : i / (width - 1));
    Maps.draw(pixels, new Float32Array(width), values, 1, {...look, view: 'heatmap'}, this.signed);
    context.putImageData(pixels, 0, 0);
    this.scale = scale;
    this.low.textContent = this.signed ? 'against ' + number(-scale) : '0';
    this.high.textContent = number(scale) + (this.signed ? ' for' : '');
  }
}

/** Creates an element with properties and children; texts are text, never markup. */
function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  if (properties.role) node.setAttribute('role', properties.role);
  node.append(...children);
  return node;
}

const percent = (share) => (100 * share).toFixed(share < 0.1 ? 2 : 1) + ' %';

function number(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
