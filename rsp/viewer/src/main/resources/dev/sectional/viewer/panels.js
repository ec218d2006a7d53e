'use strict';
/* What lies below the maps: the rectangle, the layers and the exports. */

/** A table of texts and nodes; the first row is its heading. */
function table(rows, caption, long = false) {
  const name = (i) => rows.some((row, at) => at > 0 && typeof row[i] === 'string' && !/^[-\d]/.test(row[i]))
    ? 'text' : '';
  const head = element('tr', {}, ...rows[0].map((text, i) => element('th', {scope: 'col', className: name(i),
    textContent: text})));
  const body = rows.slice(1).map((row) => element('tr', {}, ...row.map((each, i) => element('td',
    {className: name(i)}, each))));
  const scrolled = element('div', {className: long ? 'table long' : 'table', tabIndex: 0}, element('table', {},
    element('thead', {}, head), element('tbody', {}, ...body)));
  scrolled.setAttribute('role', 'region');
  scrolled.setAttribute('aria-label', caption);
  // Not a caption of the table, which would scroll away sideways with it.
  return element('div', {}, element('p', {className: 'hint', textContent: caption}), scrolled);
}

class RegionPanel {
  constructor(page) {
    this.page = page;
    this.node = document.getElementById('panel-region');
    this.button = element('button', {type: 'button', textContent: 'Blur the rectangle and ask the network again'});
    this.button.addEventListener('click', () => page.attempt(() => this.ask()));
    this.answer = element('div', {ariaLive: 'polite'});
  }

  show() {
    const {part} = this.page.pointer;
    if (!part) {
      this.node.replaceChildren(element('p', {className: 'hint', textContent: 'Drag over a map to draw a rectangle. On '
        + 'the keyboard, focus a map and hold Shift with the arrow keys.'}));
      return;
    }
    if (String(part) !== this.asked) this.answer.replaceChildren();
    const inside = (x, y) => x >= part[0] && x < part[2] && y >= part[1] && y < part[3];
    const rows = [['class', 'method', 'sum', 'of all positive', 'of all negative', 'of the area']];
    for (const cell of this.page.shownCells().filter((each) => each.map)) {
      const sums = Maps.sums(cell.map, inside);
      rows.push([cell.entry.label, cell.method, number(sums.sum), percent(sums.positive),
        cell.signed ? percent(sums.negative) : '-', percent(sums.area)]);
    }
    this.node.replaceChildren(table(rows, `Columns ${part[0]} to ${part[2] - 1}, rows ${part[1]} to `
      + `${part[3] - 1} of the network's input`));
    if (this.page.source.live) this.node.append(element('p', {className: 'actions'}, this.button));
    this.node.append(this.answer);
  }

  async ask() {
    const {page} = this, {part} = page.pointer;
    const reply = await page.source.region('region-' + Date.now(), page.image, [...page.chosen.keys()], part);
    this.asked = String(part);
    const rows = [['class', 'whole image', 'rectangle blurred', 'logit change']];
    reply.before.forEach((before, i) => rows.push([before.label, percent(before.probability),
      percent(reply.after[i].probability), number(reply.after[i].logit - before.logit)]));
    const top = reply.top.slice(0, 3).map((each) => `${each.label} ${percent(each.probability)}`).join(', ');
    this.answer.replaceChildren(table(rows, `Gaussian blur of ${reply.sigma.toFixed(1)} pixels inside the rectangle. `
      + `The network now says: ${top}`));
  }
}

class LayersPanel {
  constructor(page) {
    this.page = page;
    this.node = document.getElementById('panel-layers');
    this.map = element('div', {id: 'layer-map', ariaLive: 'polite'});
    this.plan = new Map();
    this.button = element('button', {type: 'button', textContent: 'Measure each layer\'s forward pass'});
    this.button.addEventListener('click', () => page.attempt(async () => {
      this.button.disabled = true;
      try {
        const layers = await page.source.plan('plan-' + Date.now(), page.image);
        this.plan = new Map(layers.map((each) => [each.name, each]));
        this.planOf = layers;
      } finally {
        this.button.disabled = false;
      }
      this.show();
    }));
  }

  show() {
    const cell = this.page.selected;
    const parts = [];
    if (!cell || !cell.result) {
      parts.push(element('p', {className: 'hint', textContent: 'The layers appear when the map is there.'}));
    } else if (!cell.result.layers.length) {
      parts.push(element('p', {className: 'hint', textContent: `${cell.method} does not propagate relevance from `
        + 'layer to layer, so it has no account. Choose a map of rsp, rap or an LRP method.'}),
      ...this.completeness(cell.result));
    } else {
      parts.push(this.account(cell), this.map);
    }
    if (this.page.source.live) {
      parts.push(element('div', {className: 'whole'}, this.button, ...(this.planOf ? [this.planTable()] : [])));
    }
    this.node.replaceChildren(element('div', {className: 'two'}, ...parts));
    if (this.shown !== cell) {
      this.map.replaceChildren(element('p', {className: 'hint', textContent: this.page.source.live
        ? 'Click a layer to see the relevance at its input.' : ''}));
    }
    this.shown = cell;
  }

  completeness(result) {
    const sums = result.completeness;
    return sums ? [element('p', {textContent: `Relevance sums to ${number(sums.relevance_sum)}; the logit changes by `
      + `${number(sums.logit_change)}; gap ${number(sums.gap)}.`})] : [];
  }

  account(cell) {
    const {layers} = cell.result;
    const most = Math.max(...layers.map((each) => Math.abs(each.input_sum)), 1e-30);
    const rows = [['layer', 'rule', 'sum at output', 'sum at input', '', 'absorbed', 'residual']];
    for (const layer of layers) {
      const share = element('span', {className: 'share'});
      share.style.width = 40 * Math.abs(layer.input_sum) / most + 'px';
      let name = layer.name;
      if (this.page.source.live) {
        name = element('button', {type: 'button', textContent: layer.name});
        const button = name;
        name.addEventListener('click', () => this.page.attempt(() => this.open(cell, layer.name, button)));
      }
      rows.push([name, layer.rule, number(layer.output_sum), number(layer.input_sum), share, number(layer.absorbed),
        layer.residual.toExponential(1)]);
    }
    return table(rows, `Account of relevance for ${cell.entry.label} by ${cell.method}: `
      + 'sum at output = sum at input + absorbed, up to the residual', true);
  }

  async open(cell, name, button) {
    for (const each of this.node.querySelectorAll('td button')) each.ariaPressed = String(each === button);
    const map = await this.page.source.layer('layer-' + Date.now(), cell.image, cell.method, cell.entry.index, name);
    const canvas = element('canvas', {width: map.width, height: map.height});
    canvas.setAttribute('role', 'img');
    const text = `Relevance at the input of ${name}, ${map.height} x ${map.width}, `
      + `summed over ${map.channels} channels`;
    canvas.setAttribute('aria-label', text);
    const context = canvas.getContext('2d'), pixels = context.createImageData(map.width, map.height);
    const scale = Maps.percentile(Maps.sortedAbsolutes([map.values]), this.page.look.percentile);
    Maps.draw(pixels, new Float32Array(map.values.length), map.values, scale,
      {...this.page.look, view: 'heatmap'}, true);
    context.putImageData(pixels, 0, 0);
    if (map.height === 1) canvas.style.height = '24px';
    this.map.replaceChildren(element('p', {className: 'hint', textContent: text}), canvas);
  }

  planTable() {
    const rows = [['layer', 'kind', 'output', 'algorithm', 'multiply-adds', 'microseconds']];
    for (const each of this.planOf) {
      rows.push([each.name, each.kind, each.output.join('x'), each.algorithm || '-',
        each.multiply_adds.toLocaleString('en'), each.microseconds.toFixed(0)]);
    }
    return table(rows, 'Plan of the forward pass. Times are the least of three runs of each layer on its own.', true);
  }
}

class ExportPanel {
  constructor(page) {
    this.page = page;
    this.node = document.getElementById('panel-export');
    const button = (text, work) => {
      const made = element('button', {type: 'button', textContent: text});
      made.addEventListener('click', () => page.attempt(work));
      return made;
    };
    this.command = element('textarea', {id: 'command', rows: 3, readOnly: true});
    this.note = element('p', {className: 'hint', role: 'status'});
    const {live} = page.source;
    this.node.append(element('p', {className: 'hint', textContent: (live ? 'The figure holds all maps, with titles and '
      + 'scale, as sectional explain draws it. ' : '') + 'The chosen map is the one with the coloured frame: click '
      + 'another to choose it.'}), element('p', {className: 'actions'},
      ...(live ? [button('Figure as PNG', () => this.figure())] : []),
      button('Chosen map as PNG', () => this.png()),
      button('Chosen map\'s relevance as .npy', () => this.npy()),
      button('Numbers of all maps as JSON lines', () => this.json()),
      ...(live ? [button('Copy the command line', () => this.copy())] : [])), this.note,
    ...(live ? [element('label', {htmlFor: 'command', textContent: 'The command line that draws this figure'}),
      this.command] : []));
  }

  show() {
    const {page} = this;
    if (!page.image || !page.source.live || !page.chosen.size || !page.methods.length) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => page.attempt(() => this.ask()), 150);
  }

  /** Asks the server for the command line of what is shown. */
  async ask() {
    const asked = this.asked = this.request();
    const line = await this.page.source.command(asked);
    if (asked === this.asked) this.command.value = line;
  }

  /** The figure of what is shown. Maps that share a scale across methods are drawn to its value. */
  request() {
    const {page} = this, {percentile, gamma, colours, sign, opacity, scale} = page.look;
    const cells = page.shownCells(), shown = cells.find((each) => each.result);
    const request = {image: page.image.id, methods: page.methods, classes: [...page.chosen.keys()], percentile, gamma,
      colours, sign, opacity};
    if (scale === 'all' && shown && cells.every((each) => each.result)) request.scale = page.scaleOf(shown, cells);
    return request;
  }

  name(cell, ending) {
    const plain = (text) => text.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '');
    const image = cell.image.name.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '');
    return `${plain(image)}.${plain(cell.entry.label)}.${plain(cell.method)}.${ending}`;
  }

  save(blob, name) {
    const link = element('a', {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    this.note.textContent = `${name}: ${blob.size.toLocaleString('en')} bytes`;
  }

  chosen() {
    const cell = this.page.selected;
    if (!cell || !cell.result) throw new Error('choose a map first');
    return cell;
  }

  /** The figure of all maps, drawn by the server. */
  async figure() {
    const {page} = this;
    const blob = await page.source.figure('figure-' + Date.now(), this.request());
    this.save(blob, this.name(this.chosen(), 'figure.png'));
    if (page.look.scale === 'cell') {
      this.note.textContent += '. In it the classes of each method share a scale; on the page each map has its own.';
    }
  }

  async png() {
    const cell = this.chosen();
    this.save(await new Promise((resolve) => cell.canvas.toBlob(resolve, 'image/png')), this.name(cell, 'png'));
  }

  npy() {
    const cell = this.chosen();
    this.save(new Blob([Maps.npy(cell.result.relevance, cell.result.shape)]), this.name(cell, 'npy'));
  }

  /** One object on a line for each map, as explain --json-layers prints them. */
  json() {
    const {page} = this, {percentile, scale} = page.look, cells = page.shownCells();
    const kind = {method: 'image', cell: 'map', all: 'value'}[scale];
    const lines = cells.filter((each) => each.result).map((cell) => JSON.stringify({...cell.result.record,
      scale: {kind, value: page.scaleOf(cell, cells), ...(kind === 'value' ? {} : {percentile})},
      layers: cell.result.layers}));
    this.save(new Blob([lines.join('\n') + '\n'], {type: 'application/jsonl'}), this.name(this.chosen(), 'jsonl'));
  }

  async copy() {
    await this.ask();
    this.command.select();
    try {
      await navigator.clipboard.writeText(this.command.value);
      this.note.textContent = 'Copied.';
    } catch (e) {
      this.note.textContent = 'The browser does not let the page copy: the command is selected, press Ctrl-C.';
    }
  }
}
