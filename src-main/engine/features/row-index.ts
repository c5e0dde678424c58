/** Where the row of a picture lies. */
export interface RowPlace {
  /** Number of the segment, as the table counts them. */
  readonly segment: number;
  /** Row within the segment. */
  readonly row: number;
  /** Checksum of the row. */
  readonly crc: number;
}

/** Words of a picture's SHA-256 that the index keeps: 128 bits, which do not meet by chance. The checksum covers all. */
const HASH_WORDS = 4;
/** Per entry: hash, segment, row, checksum. */
const ENTRY_WORDS = HASH_WORDS + 3;
const FEWEST_SLOTS = 1024;

/**
 * From the SHA-256 of a picture to its row, in typed arrays: 100,000 pictures take 4.5 MB, and 25 MB in a Map of strings.
 * Entries are never removed; one that is put again gets its new place.
 */
export class RowIndex {
  /** Open addressing with linear probing: entry number + 1, or 0. At most half full. */
  #slots = new Uint32Array(FEWEST_SLOTS);
  #entries = new Uint32Array((FEWEST_SLOTS / 2) * ENTRY_WORDS);
  #entryCount = 0;

  /** @param hash  32 bytes. Borrowed. */
  find(hash: Buffer): RowPlace | null {
    const entry = (this.#slots[this.#slotOf(hash)] ?? 0) - 1;
    if (entry < 0) return null;
    const at = entry * ENTRY_WORDS + HASH_WORDS;
    return { segment: this.#entries[at] ?? 0, row: this.#entries[at + 1] ?? 0, crc: this.#entries[at + 2] ?? 0 };
  }

  /** @param hash  32 bytes. Borrowed. */
  put(hash: Buffer, { segment, row, crc }: RowPlace): void {
    let slot = this.#slotOf(hash);
    let entry = (this.#slots[slot] ?? 0) - 1;
    if (entry < 0) {
      if (this.#entryCount * 2 === this.#slots.length) {
        this.#grow();
        slot = this.#slotOf(hash);
      }
      entry = this.#entryCount++;
      this.#slots[slot] = entry + 1;
    }
    const at = entry * ENTRY_WORDS;
    for (let word = 0; word < HASH_WORDS; word++) this.#entries[at + word] = hash.readUInt32LE(word * 4);
    this.#entries[at + HASH_WORDS] = segment;
    this.#entries[at + HASH_WORDS + 1] = row;
    this.#entries[at + HASH_WORDS + 2] = crc;
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  #slotOf(hash: Buffer): number {
    const [first, second] = [hash.readUInt32LE(0), hash.readUInt32LE(4)];
    const [third, fourth] = [hash.readUInt32LE(8), hash.readUInt32LE(12)];
    const mask = this.#slots.length - 1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) return slot;
      const at = entry * ENTRY_WORDS;
      const isSame =
        this.#entries[at] === first &&
        this.#entries[at + 1] === second &&
        this.#entries[at + 2] === third &&
        this.#entries[at + 3] === fourth;
      if (isSame) return slot;
    }
  }

  #grow(): void {
    const entries = new Uint32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#entryCount; entry++) {
      let slot = (entries[entry * ENTRY_WORDS] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}
