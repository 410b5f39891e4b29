import { KernelMemoryError } from "./errors.ts";

const PAGE_BYTES = 65536;

/** Addresses are multiples of a cache line. */
const ALIGNMENT = 64;

/** Memory below this address is the module's own. */
const FIRST_ADDRESS = 4096;

interface Free {
  address: number;
  bytes: number;
}

/**
 * Hands out pieces of one WebAssembly memory and takes them back: first fit by address, neighbours merged, memory grown
 * only when nothing fits. What is handed out is not cleared.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  readonly #taken = new Map<number, number>();
  /** Free pieces in order of address, no two adjacent. */
  readonly #free: Free[] = [];
  #words: Uint32Array;
  #takenBytes = 0;

  /**
   * @param memory the memory, whose start belongs to the module
   * @param limit the most bytes it may grow to
   */
  constructor(memory: WebAssembly.Memory, limit: number) {
    this.memory = memory;
    this.#limit = limit;
    this.#words = new Uint32Array(memory.buffer);
    this.#free.push({ address: FIRST_ADDRESS, bytes: memory.buffer.byteLength - FIRST_ADDRESS });
  }

  /** The memory as 32-bit words. Growing replaces it: do not hold on to it across an allocation. */
  get words(): Uint32Array {
    if (this.#words.buffer !== this.memory.buffer) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

  /** Bytes handed out now. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Pieces handed out now. */
  get takenCount(): number {
    return this.#taken.size;
  }

  /**
   * Takes memory.
   *
   * @param bytes how much, rounded up to whole cache lines
   * @returns its address
   * @throws KernelMemoryError when the limit is reached; nothing is taken then
   */
  take(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let index = this.#free.findIndex((free) => free.bytes >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const free = this.#free[index];
    const { address } = free;
    free.address += size;
    free.bytes -= size;
    if (free.bytes === 0) this.#free.splice(index, 1);
    this.#taken.set(address, size);
    this.#takenBytes += size;
    return address;
  }

  /**
   * Gives memory back.
   *
   * @param address what `take` returned
   * @throws RangeError when nothing is taken there: it was given back before
   */
  give(address: number): void {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) throw new RangeError("memory was given back twice");
    this.#taken.delete(address);
    this.#takenBytes -= bytes;
    let index = this.#free.findIndex((free) => free.address > address);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes;
      this.#free.splice(index, 1);
    } else if (joinsBefore) {
      before.bytes += bytes;
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#free.splice(index, 0, { address, bytes });
    }
  }

  /** Grows the memory until its last free piece holds `bytes`. */
  #grow(bytes: number): void {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.address + last.bytes === end ? last : undefined;
    const pages = Math.ceil((bytes - (tail?.bytes ?? 0)) / PAGE_BYTES);
    if (end + pages * PAGE_BYTES > this.#limit) throw new KernelMemoryError(bytes, this.#limit);
    try {
      this.memory.grow(pages);
    } catch {
      throw new KernelMemoryError(bytes, end);
    }
    if (tail === undefined) this.#free.push({ address: end, bytes: pages * PAGE_BYTES });
    else tail.bytes += pages * PAGE_BYTES;
  }
}
