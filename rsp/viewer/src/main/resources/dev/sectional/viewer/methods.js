'use strict';
/* The form that chooses a method and its settings. */
class MethodForm {
  static HELP = {
    start: 'target: the class alone; relative: against other classes, whose evidence turns blue',
    classes: 'topK, pNN for all of at least NN percent, or indices and labels between plus signs',
    purge: 'drop relevance whose sign differs from the sum at its position',
    layer: 'name of a layer; empty for the last feature map',
    alpha: 'weight of positive contributions; beta is alpha - 1',
    beta: 'weight of negative contributions: alpha - 1',
    epsilon: 'stabiliser in the denominator',
    gamma: 'how much positive weights count more',
    steps: 'number of points; each takes a forward and a backward pass',
    samples: 'number of noisy images; each takes a forward and a backward pass',
    noise: 'standard deviation of the noise, as a share of the range of the image',
    products: 'signal: a gate is held constant; uniform: half of the relevance to both inputs of a product',
    seed: 'the same seed gives the same map',
    rule: 'gauss, midpoint or right',
  };

  constructor(page) {
    this.page = page;
    this.select = document.getElementById('method');
    for (const method of page.state.methods) {
      this.select.append(element('option', {value: method.name, textContent: method.name}));
    }
    this.select.addEventListener('change', () => this.build());
    const form = document.getElementById('method-form');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      page.addMethod(this.text());
    });
    for (const event of ['input', 'change']) form.addEventListener(event, () => this.offer());
    this.build();
  }

  entry() {
    return this.page.state.methods.find((each) => each.name === this.select.value);
  }

  defaults() {
    return this.entry().settings.split(',').filter(Boolean).map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    });
  }

  build() {
    const {summary, source} = this.entry();
    document.getElementById('method-help').textContent = `${summary} (${source})`;
    this.fields = new Map();
    const parts = this.defaults().map(([name, value]) => this.field(name, value));
    document.getElementById('settings').replaceChildren(...parts);
    this.refresh();
    this.offer();
  }

  /** Offers to add the method unless it is among those shown. */
  offer() {
    const button = document.getElementById('add-method');
    button.disabled = this.page.methods.includes(this.text());
    button.textContent = button.disabled ? 'Shown already' : 'Add this method';
  }

  field(name, value) {
    const id = 'setting-' + name;
    let input;
    if (name === 'start') {
      input = element('select', {id}, element('option', {value: 'target', textContent: 'target'}),
        element('option', {value: 'relative', textContent: 'relative'}));
      input.addEventListener('change', () => this.refresh());
    } else if (value === 'true' || value === 'false') {
      input = element('select', {id}, element('option', {value: 'false', textContent: 'no'}),
        element('option', {value: 'true', textContent: 'yes'}));
    } else {
      input = element('input', {id, type: 'text', autocomplete: 'off'});
    }
    input.value = value;
    this.fields.set(name, {input, value});
    if (name === 'classes') return this.hostile(input);
    const help = element('p', {id: 'help-' + name, className: 'hint', textContent: MethodForm.HELP[name] || ''});
    input.setAttribute('aria-describedby', help.id);
    return element('div', {}, element('label', {htmlFor: id, textContent: name}), input, help);
  }

  /** The classes against which a relative start sets the target, as boxes. */
  hostile(input) {
    this.against = element('fieldset', {}, element('legend', {textContent: 'Set against (drawn in blue)'}));
    this.other = input;
    return this.against;
  }

  /** Offers the image's top classes and the chosen ones again. */
  refresh() {
    if (!this.fields.has('classes')) return;
    const relative = this.fields.get('start').input.value === 'relative';
    this.against.hidden = !relative;
    const checked = new Set(this.checked());
    const shown = this.page.image ? [...new Map([...this.page.image.top.slice(0, 5), ...this.page.chosen.values()]
      .map((each) => [each.index, each])).values()] : [];
    const boxes = shown.map((each) => element('label', {className: 'check'},
      element('input', {type: 'checkbox', value: each.index, checked: checked.has(String(each.index))}), each.label));
    const label = element('label', {htmlFor: 'setting-classes', textContent: 'or others: ' + MethodForm.HELP.classes});
    this.against.replaceChildren(this.against.firstChild, ...boxes, label, this.other);
  }

  checked() {
    return this.against ? [...this.against.querySelectorAll('input:checked')].map((box) => box.value) : [];
  }

  /** The method with the settings that differ from their defaults, as the command line takes them. */
  text() {
    const given = [];
    for (const [name, {input, value}] of this.fields) {
      let text = input.value.trim();
      if (name === 'classes') {
        if (this.fields.get('start').input.value !== 'relative') continue;
        text = [...this.checked(), ...(text ? [text] : [])].join('+');
      }
      if (text !== value) given.push(name + '=' + text);
    }
    return this.select.value + (given.length ? ':' + given.join(',') : '');
  }
}
