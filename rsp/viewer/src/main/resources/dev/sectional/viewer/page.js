'use strict';
/* The page: images, classes and methods that the user chose, and the grid of maps. */
class Page {
  constructor(source) {
    this.source = source;
    this.images = [];
    this.image = null;
    this.chosen = new Map();
    this.methods = [];
    this.cells = new Map();
    this.running = new Map();
    this.look = {};
    this.pointer = new Pointer(this);
    this.memory = new Memory(this);
  }

  byId(id) {
    return document.getElementById(id);
  }

  async start() {
    this.state = await this.source.state();
    const {description, classes, layers} = this.state;
    const named = description.includes(`${classes} classes`) ? '' : `${classes} classes, `;
    this.byId('model').textContent = `${description}; ${named}${layers} layers`;
    for (const node of document.querySelectorAll('.live')) node.hidden = !this.source.live;
    this.byId('sample-part').hidden = true;
    this.methods = this.state.shown_methods || [this.state.methods[0].name];
    this.region = new RegionPanel(this);
    this.layers = new LayersPanel(this);
    this.exports = new ExportPanel(this);
    if (this.source.live) {
      this.form = new MethodForm(this);
      this.listenForImages();
      this.listSamples();
      this.byId('search').addEventListener('input', () => this.search());
      this.byId('search-label').textContent = `Search all ${classes} classes`;
    }
    this.byId('welcome').hidden = !this.source.live || this.state.images.length > 0;
    this.byId('search-part').hidden = true;
    this.memory.restore();
    this.listenToLook();
    this.listenToTabs();
    this.listMethods();
    addEventListener('pagehide', () => this.source.abandon([...this.running.values()].map((each) => each.job)));
    for (const image of this.state.images) await this.include(image);
    this.started = true;
    if (this.images.length) await this.show(this.source.live ? this.memory.image() : this.images[0]);
  }

  /** Runs something that may fail, and shows what went wrong. */
  async attempt(work) {
    try {
      this.say('');
      return await work();
    } catch (e) {
      this.say(e.message);
      return null;
    }
  }

  say(text) {
    this.byId('message').textContent = text;
    this.byId('message').hidden = !text;
  }

  /** Runs something that adds an image, and says meanwhile which one is read. */
  async reading(name, work) {
    const note = this.byId('reading');
    note.textContent = `Reading ${name} ...`;
    note.hidden = false;
    try {
      return await work();
    } finally {
      note.hidden = true;
    }
  }

  listenForImages() {
    const take = (files) => this.attempt(async () => {
      for (const file of files) {
        await this.show(await this.reading(file.name || 'the pasted image',
          async () => this.include(await this.source.addFile(file, this.state.largest_upload))));
      }
    });
    const input = this.byId('file');
    input.addEventListener('change', async () => {
      await take([...input.files]);
      input.value = '';
    });
    addEventListener('dragover', (event) => {
      event.preventDefault();
      document.body.classList.add('dropping');
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) document.body.classList.remove('dropping');
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      document.body.classList.remove('dropping');
      take([...event.dataTransfer.files]);
    });
    addEventListener('paste', (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) take(files);
    });
  }

  listSamples() {
    this.byId('samples').replaceChildren(...this.state.samples.map((sample) => this.sampleButton(sample)));
    this.byId('welcome-samples').replaceChildren(...this.state.samples.map((sample) => this.sampleButton(sample,
      element('span', {textContent: sample.caption}))));
  }

  sampleButton({name, caption}, ...texts) {
    const alt = texts.length ? '' : `${name}: ${caption}`;
    const picture = element('img', {src: this.source.sample(name), alt, loading: 'lazy'});
    const button = element('button', {type: 'button', title: `${name}: ${caption}`}, picture, ...texts);
    button.addEventListener('click', () => this.attempt(async () => {
      const known = this.images.find((each) => each.name === name);
      await this.show(known || await this.reading(name,
        async () => this.include(await this.source.addSample(name))));
    }));
    return element('li', {}, button);
  }

  async include(image) {
    image.picture = new Image();
    image.picture.src = this.source.photo(image);
    await image.picture.decode();
    const picture = element('img', {src: image.picture.src, alt: image.name});
    image.button = element('button', {type: 'button', title: image.name, ariaPressed: 'false'}, picture);
    image.button.addEventListener('click', () => this.attempt(() => this.show(image)));
    this.byId('images').append(element('li', {}, image.button));
    this.images.push(image);
    return image;
  }

  async show(image) {
    this.image = image;
    this.byId('welcome').hidden = true;
    this.byId('sample-part').hidden = !this.state.samples.length;
    this.byId('look').hidden = this.byId('guide').hidden = false;
    for (const each of this.images) each.button.ariaPressed = String(each === image);
    image.chosen = image.chosen || this.memory.chosen(image)
      || new Map((image.shown || image.top.slice(0, 1)).map((each) => [each.index, each]));
    this.chosen = image.chosen;
    this.byId('class-hint').textContent = `${image.name}: ${image.width} x ${image.height} pixels, ${image.fitted}. `
      + image.notes.map((note) => note[0].toUpperCase() + note.slice(1) + '. ').join('')
      + (this.source.live ? 'Click a class to explain it, and again to remove it.'
        : 'This report holds the maps of the framed classes; click one to hide or show it.');
    this.byId('search-part').hidden = !this.source.live;
    this.pointer.rectangle(null);
    this.listClasses();
    this.search();
    await this.update();
  }

  classButton(entry) {
    const meter = element('span', {className: 'meter'}, element('span'));
    meter.firstChild.style.width = 100 * entry.probability + '%';
    const button = element('button', {type: 'button', ariaPressed: String(this.chosen.has(entry.index))},
      element('span', {className: 'name', textContent: entry.label}),
      element('span', {textContent: percent(entry.probability)}), meter);
    button.disabled = !this.source.live && !this.image.shown.some((each) => each.index === entry.index);
    button.dataset.index = entry.index;
    button.addEventListener('click', () => this.toggle(entry));
    return element('li', {}, button);
  }

  listClasses() {
    const {top} = this.image, known = new Set(top.map((each) => each.index));
    const others = [...this.chosen.values()].filter((each) => !known.has(each.index));
    this.byId('top').replaceChildren(...[...top, ...others].map((entry) => this.classButton(entry)));
  }

  /** A class of the image by its index; the server sends all probabilities and the logits of the top classes. */
  entry(index) {
    const known = this.image.top.find((each) => each.index === index) || this.chosen.get(index);
    return known || {index, label: this.state.labels[index], probability: this.image.probabilities[index],
      logit: this.image.logits[index]};
  }

  search() {
    const words = this.byId('search').value.trim().toLowerCase();
    if (!words || !this.image) {
      this.byId('found').replaceChildren();
      return;
    }
    const found = [];
    this.state.labels.forEach((label, index) => {
      if (label.toLowerCase().includes(words) || String(index) === words) found.push(index);
    });
    const entries = found.slice(0, 20).map((index) => this.entry(index));
    const hint = (textContent) => element('li', {className: 'hint', textContent});
    const more = found.length > 20 ? [hint(`${found.length - 20} more`)] : [];
    const none = found.length ? [] : [hint('no class has this in its name')];
    this.byId('found').replaceChildren(...entries.map((entry) => this.classButton(entry)), ...more, ...none);
  }

  async toggle(entry) {
    if (this.chosen.has(entry.index)) this.chosen.delete(entry.index); else this.chosen.set(entry.index, entry);
    for (const button of document.querySelectorAll('.classes button')) {
      button.ariaPressed = String(this.chosen.has(Number(button.dataset.index)));
    }
    if (this.form) this.form.refresh();
    await this.attempt(() => this.update());
  }

  addMethod(text) {
    if (!this.methods.includes(text)) this.methods.push(text);
    this.listMethods();
    return this.attempt(() => this.update());
  }

  listMethods() {
    // A report cannot explain again: what was removed there stays in the list, to be shown again.
    const listed = this.state.shown_methods || this.methods;
    this.byId('methods').replaceChildren(...listed.map((text) => {
      const shown = this.methods.includes(text), name = shown ? 'Remove' : 'Show';
      const button = element('button', {type: 'button', textContent: shown ? '\u00d7' : '+', title: name});
      button.setAttribute('aria-label', `${name} ${text}`);
      button.addEventListener('click', () => {
        this.cancel(text);
        this.methods = listed.filter((each) => this.methods.includes(each) !== (each === text));
        this.listMethods();
        this.attempt(() => this.update());
      });
      return element('li', {}, element('span', {textContent: text}), button);
    }));
    if (this.form) this.form.offer();
  }

  signed(method) {
    const entry = this.state.methods.find((each) => each.name === method.split(':')[0]);
    return !entry || entry.signed;
  }

  cell(method, entry) {
    const key = `${this.image.id} ${entry.index} ${method}`;
    if (!this.cells.has(key)) this.cells.set(key, new Cell(this, this.image, method, entry));
    return this.cells.get(key);
  }

  shownCells() {
    return this.methods.flatMap((method) => [...this.chosen.values()].map((entry) => this.cell(method, entry)));
  }

  /** Lays out the grid and asks for the maps that are missing. */
  async update() {
    if (!this.image) return;
    this.memory.save();
    const rows = this.methods.map((method) => {
      const row = element('div', {className: 'row'}, ...[...this.chosen.values()]
        .map((entry) => this.cell(method, entry).node));
      row.style.gridTemplateColumns = `repeat(${Math.max(1, this.chosen.size)}, minmax(170px, 1fr))`;
      return row;
    });
    this.byId('grid').replaceChildren(...rows);
    const count = this.chosen.size * this.methods.length;
    if (!count) {
      this.byId('grid').append(element('p', {className: 'hint', textContent: this.chosen.size
        ? 'Add a method to see maps.' : 'Click a class to see its map.'}));
    }
    this.byId('to-maps').hidden = !count;
    this.byId('to-maps').textContent = count === 1 ? 'To the map' : `To the ${count} maps`;
    this.byId('tabs').hidden = !count;
    this.pointer.point(null);
    if (!this.shownCells().includes(this.selected)) this.select(this.shownCells()[0] || null);
    if (this.form) this.form.refresh();
    this.redraw();
    await Promise.all(this.methods.map((method) => this.explain(method)));
  }

  async explain(method) {
    const {image} = this;
    const missing = [...this.chosen.values()].map((entry) => this.cell(method, entry))
      .filter((cell) => !cell.result && !cell.pending);
    if (!missing.length) return;
    const job = Math.random().toString(36).slice(2) + Date.now().toString(36);
    const run = {job, image, method, cells: missing, ended: false};
    this.running.set(job, run);
    missing.forEach((cell) => {
      cell.pending = true;
      cell.setStatus('Explaining ...', this.source.live);
    });
    this.follow(run);
    try {
      const results = await this.source.explain(job, image, method, missing.map((cell) => cell.entry.index));
      for (const result of results) {
        missing.find((cell) => cell.entry.index === result.target).show(result, this.signed(method));
      }
    } catch (e) {
      missing.forEach((cell) => cell.setStatus(e.message + (e.status === 409 || e.status === 429
        ? ' (click the class twice to try again)' : '')));
    } finally {
      run.ended = true;
      this.running.delete(job);
      missing.forEach((cell) => {
        cell.pending = false;
        cell.cancel.hidden = true;
      });
    }
    this.redraw();
    this.sayUnit();
    this.region.show();
    this.layers.show();
    this.exports.show();
  }

  /** Shows the passes of a long explanation. */
  async follow(run) {
    while (this.source.live && !run.ended) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (run.ended) return;
      const {state, done, total} = await this.source.progress(run.job).catch(() => ({}));
      const text = state === 'queued' ? 'Waiting for a free processor ...'
        : total > 1 ? `Pass ${done} of ${total}` : 'Explaining ...';
      if (!run.ended && !run.stopped) run.cells.forEach((cell) => cell.setStatus(text, true));
    }
  }

  cancel(method) {
    for (const run of this.running.values()) {
      if (run.method === method && run.image === this.image) {
        run.stopped = true;
        this.source.cancel(run.job).catch((e) => this.say(e.message));
      }
    }
  }

  select(cell) {
    if (this.selected) this.selected.node.classList.remove('selected');
    this.selected = cell;
    if (cell) cell.node.classList.add('selected');
    this.sayUnit();
    this.region.show();
    this.layers.show();
    this.exports.show();
  }

  listenToLook() {
    const read = () => {
      for (const id of ['view', 'colours', 'sign', 'scale']) this.look[id] = this.byId(id).value;
      for (const id of ['percentile', 'gamma', 'opacity', 'brush']) this.look[id] = Number(this.byId(id).value);
      this.byId('percentile-value').textContent = this.look.percentile.toFixed(1);
      this.byId('gamma-value').textContent = this.look.gamma.toFixed(2);
      this.byId('opacity-value').textContent = this.look.opacity.toFixed(2);
      this.byId('brush-value').textContent = this.look.brush + ' px';
      this.sayLegend();
      this.redraw();
      this.exports.show();
      this.memory.save();
    };
    for (const event of ['input', 'change']) this.byId('look').addEventListener(event, read);
    this.byId('look').addEventListener('submit', (event) => event.preventDefault());
    this.byId('theme').addEventListener('change', (event) => {
      document.documentElement.dataset.theme = event.target.value;
      this.memory.save();
    });
    read();
  }

  sayLegend() {
    const [positive, negative] = Maps.COLOURS[this.look.colours].names.map((name) => name[0].toUpperCase()
      + name.slice(1));
    this.byId('legend').textContent = `${positive} speaks for the class, ${negative.toLowerCase()} against it. `
      + 'Methods without a sign are yellow to brown.';
  }

  /** What the values of the chosen map mean; classes and methods differ. */
  sayUnit() {
    const cell = this.selected;
    this.byId('unit').textContent = cell && cell.result
      ? `Unit of the chosen map (${cell.entry.label} by ${cell.method}): ${cell.result.unit.replace(/^unit: /, '')}.`
      : '';
  }

  listenToTabs() {
    const tabs = [...document.querySelectorAll('[role="tab"]')];
    const open = (chosen) => {
      for (const tab of tabs) {
        tab.ariaSelected = String(tab === chosen);
        tab.tabIndex = tab === chosen ? 0 : -1;
      }
      this.tab = chosen.id;
      this.showPanels();
    };
    tabs.forEach((tab, i) => {
      tab.addEventListener('click', () => open(tab));
      tab.addEventListener('keydown', (event) => {
        const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
        if (!step) return;
        const next = tabs[(i + step + tabs.length) % tabs.length];
        open(next);
        next.focus();
      });
    });
    open(tabs[0]);
  }

  showPanels() {
    const none = this.byId('tabs').hidden;
    for (const name of ['region', 'layers', 'export']) {
      this.byId('panel-' + name).hidden = none || this.tab !== 'tab-' + name;
    }
  }

  /** Draws the maps before the next frame, once however often this is called. */
  redraw() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      this.showPanels();
      const cells = this.image ? this.shownCells() : [];
      for (const cell of cells) cell.draw(this.scaleOf(cell, cells), this.look);
      this.frames = (this.frames || 0) + 1;
    });
  }

  /** The relevance that is drawn at full strength; sorted values of several maps are kept until their maps change. */
  scaleOf(cell, cells) {
    if (!cell.result) return 0;
    const {scale, percentile} = this.look;
    if (scale === 'cell') return Maps.percentile(cell.sorted, percentile);
    const alike = cells.filter((each) => each.result && (scale === 'all' || each.method === cell.method));
    if (alike.length === 1) return Maps.percentile(cell.sorted, percentile);
    const key = alike.map((each) => each.method + each.entry.index + each.image.id).join('|');
    this.sorted = this.sorted || new Map();
    if (!this.sorted.has(key)) {
      if (this.sorted.size > 20) this.sorted.clear();
      this.sorted.set(key, Maps.sortedAbsolutes(alike.map((each) => each.map.values)));
    }
    return Maps.percentile(this.sorted.get(key), percentile);
  }
}

const page = new Page(Sources.open());
page.attempt(() => page.start());
