'use strict';
/* What a reload of the page keeps: methods, classes of each image, the image shown, and how maps are drawn. The server
   keeps the images. It lasts as long as the browser's tab, and no other run of the server finds it: its key is the
   page's address, which holds the token. */
class Memory {
  static FIELDS = ['view', 'colours', 'sign', 'scale', 'percentile', 'gamma', 'opacity', 'brush', 'theme'];

  constructor(page) {
    this.page = page;
    this.key = location.pathname;
    this.kept = page.source.live ? this.read() : {};
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) || {};
    } catch (e) {
      return {};   // storage is switched off, or another program wrote to it
    }
  }

  /** Sets the form and the methods as they were. */
  restore() {
    const {page, kept} = this;
    for (const id of Memory.FIELDS) if (kept.form && id in kept.form) page.byId(id).value = kept.form[id];
    document.documentElement.dataset.theme = page.byId('theme').value;
    if (kept.methods) page.methods = kept.methods;
  }

  /** The classes of an image that were chosen; undefined if none were kept. */
  chosen(image) {
    const classes = this.kept.classes && this.kept.classes[image.id];
    return classes && new Map(classes.map((each) => [each.index, each]));
  }

  /** The image that was shown, or else the last one. */
  image() {
    const {images} = this.page;
    return images.find((each) => each.id === this.kept.image) || images[images.length - 1];
  }

  save() {
    const {page} = this;
    if (!page.source.live || !page.started) return;
    const form = Object.fromEntries(Memory.FIELDS.map((id) => [id, page.byId(id).value]));
    const classes = Object.fromEntries(page.images.filter((each) => each.chosen)
      .map((each) => [each.id, [...each.chosen.values()]]));
    try {
      sessionStorage.setItem(this.key, JSON.stringify({form, methods: page.methods, classes,
        image: page.image && page.image.id}));
    } catch (e) {
      // Without storage a reload starts anew.
    }
  }
}
