// cache: keeps one copy of each text that many objects share (labels, namespaces, nodes, images), where JSON.parse has
// made one for each object.

const CAPACITY = 50_000; // texts that are all different must not pile up here; objects keep the copies that they have

export class Interner {
  readonly #known = new Map<string, string>();

  /** The first copy of this text that was seen. */
  text(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= CAPACITY) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
