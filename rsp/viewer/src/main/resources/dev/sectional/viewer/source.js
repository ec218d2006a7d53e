'use strict';
/* Where the page's images and results come from: the server that sent the page, or the file itself (a report). */
const Sources = (() => {
  class ServerSource {
    constructor() {
      this.live = true;
    }

    async request(path, options = {}) {
      let response;
      try {
        response = await fetch('api/' + path, options);
      } catch (e) {
        throw new Error('the server does not answer: is "sectional view" still running?');
      }
      if (!response.ok) {
        const reply = await response.json().catch(() => ({error: 'the server answered ' + response.status}));
        const error = new Error(reply.error);
        error.status = response.status;
        throw error;
      }
      return response;
    }

    async post(path, body) {
      return this.request(path, {method: 'POST', body: JSON.stringify(body)});
    }

    async state() {
      return (await this.request('state')).json();
    }

    async addFile(file, limit) {
      if (file.size > limit) throw new Error(`${file.name} is larger than ${limit >> 20} MB`);
      const headers = {'X-Name': encodeURIComponent(file.name || 'pasted.png')};
      return (await this.request('image', {method: 'POST', body: file, headers})).json();
    }

    async addSample(name) {
      return (await this.post('sample', {name})).json();
    }

    photo(image) {
      return 'api/photo?image=' + encodeURIComponent(image.id);
    }

    sample(name) {
      return 'api/sample?name=' + encodeURIComponent(name);
    }

    /** Explains classes of an image by one method; an object with `results`, each with its `relevance`. */
    async explain(job, image, method, classes) {
      const reply = await this.post('explain', {job, image: image.id, method, classes});
      const {head, floats} = Maps.payload(await reply.arrayBuffer());
      let at = 0;
      for (const result of head.results) {
        const size = result.shape.reduce((a, b) => a * b, 1);
        result.relevance = floats.subarray(at, at += size);
        result.seconds = head.seconds;
      }
      return head.results;
    }

    async progress(job) {
      return (await this.request('progress?job=' + encodeURIComponent(job))).json();
    }

    async cancel(job) {
      return this.post('cancel', {job});
    }

    /** Cancels jobs while the page is being left, when an ordinary request would be dropped. */
    abandon(jobs) {
      for (const job of jobs) navigator.sendBeacon('api/cancel', JSON.stringify({job}));
    }

    async layer(job, image, method, target, layer) {
      const reply = await this.post('layer', {job, image: image.id, method, classes: [target], layer});
      const {head, floats} = Maps.payload(await reply.arrayBuffer());
      return {...head, values: floats};
    }

    async plan(job, image) {
      return (await (await this.post('plan', {job, image: image.id})).json()).layers;
    }

    /** The figure that the command line draws, as PNG. */
    async figure(job, request) {
      return (await this.post('figure', {job, ...request})).blob();
    }

    /** The command line that writes the same figure. */
    async command(request) {
      return (await (await this.post('command', request)).json()).command;
    }

    async region(job, image, classes, rectangle) {
      return (await this.post('region', {job, image: image.id, classes, rectangle})).json();
    }
  }

  class ReportSource {
    constructor(report) {
      this.live = false;
      this.report = report;
    }

    async state() {
      return this.report.state;
    }

    photo(image) {
      return image.photo;
    }

    /** Unpacks base64 of zlib. */
    async unpacked(text) {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
      return new Float32Array(await new Response(stream).arrayBuffer());
    }

    async explain(job, image, method, classes) {
      const found = this.report.results.filter((each) => each.image === image.id && each.method === method
        && classes.includes(each.target));
      for (const each of found) each.relevance = each.relevance || await this.unpacked(each.packed);
      return classes.map((target) => found.find((each) => each.target === target)).filter(Boolean);
    }

    abandon() {}
  }

  function open() {
    const report = document.getElementById('report');
    return report ? new ReportSource(JSON.parse(report.textContent)) : new ServerSource();
  }

  return {open};
})();
