/**
 * Python's pickle format, protocol 2, for data alone.
 *
 * Context: legacy PyTorch files are pickles, and a pickle is a program: a general reader builds whatever it names.
 * Choice: only the opcodes that data, known names and persistent ids need. Names go through the caller's list, calls stay
 * data, any other opcode is refused. Nothing of the file is executed, and none of its keys becomes an object's property.
 * Cost: 150 lines of our own. npm's pickleparser 0.2.1 makes a constructor of every name, writes keys such as
 * `__proto__` into plain objects, and does not say where a pickle ends, so that several in a row cannot be read.
 * @see Lib/pickletools.py of CPython, which describes the opcodes.
 */
import { BackboneFormatError } from './format-error.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PickleRef;
export class PickleList {
  readonly items: PickleValue[] = [];
}
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}
/** A name that the file refers to, e.g. `torch.FloatStorage`; never looked up. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}
/** A call that the file asks for; the caller makes of it what it knows. */
export class PickleCall {
  constructor(
    readonly name: string,
    readonly args: readonly PickleValue[],
  ) {}
}
/** A persistent id: something that is stored outside the pickle. */
export class PickleRef {
  constructor(readonly id: PickleValue) {}
}

/**
 * Reads one pickle.
 *
 * @param allowed  names that may occur. A call of `collections.OrderedDict` without arguments gives a `PickleDict`.
 * @returns        the value, and where the byte after the pickle lies.
 * @throws BackboneFormatError where the pickle ends early or asks for anything but data.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  allowed: ReadonlySet<string> = new Set(),
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, start, allowed);
  for (;;) {
    const opcode = machine.byte();
    if (opcode === STOP) return { value: machine.pop(), end: machine.at };
    const step = OPCODES.get(opcode);
    if (!step) throw machine.refusal(`uses opcode 0x${opcode.toString(16)}, which weights do not need`);
    step(machine);
  }
}

const STOP = 0x2e;
const MARK = Symbol('mark');

const OPCODES = new Map<number, (machine: PickleMachine) => void>([
  [0x80, (m) => m.protocol(m.byte())],
  [0x28, (m) => m.mark()],
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4a, (m) => m.push(m.view.getInt32(m.skip(4), true))], // BININT
  [0x4b, (m) => m.push(m.byte())], // BININT1
  [0x4d, (m) => m.push(m.view.getUint16(m.skip(2), true))], // BININT2
  [0x47, (m) => m.push(m.view.getFloat64(m.skip(8), false))], // BINFLOAT
  [0x8a, (m) => m.push(m.long(m.byte()))], // LONG1
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x5d, (m) => m.push(new PickleList())],
  [0x7d, (m) => m.push(new PickleDict())],
  [0x29, (m) => m.push(new PickleTuple([]))],
  [0x74, (m) => m.push(new PickleTuple(m.popToMark()))],
  [0x85, (m) => m.push(new PickleTuple(m.popSeveral(1)))],
  [0x86, (m) => m.push(new PickleTuple(m.popSeveral(2)))],
  [0x87, (m) => m.push(new PickleTuple(m.popSeveral(3)))],
  [0x61, (m) => m.append(m.popSeveral(1))],
  [0x65, (m) => m.append(m.popToMark())],
  [0x73, (m) => m.setItems(m.popSeveral(2))],
  [0x75, (m) => m.setItems(m.popToMark())],
  [0x71, (m) => m.remember(m.byte())], // BINPUT
  [0x72, (m) => m.remember(m.uint32())], // LONG_BINPUT
  [0x68, (m) => m.recall(m.byte())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x63, (m) => m.global()],
  [0x52, (m) => m.reduce()],
  [0x62, (m) => m.build()],
  [0x51, (m) => m.push(new PickleRef(m.pop()))], // BINPERSID
]);

class PickleMachine {
  readonly view: DataView;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    readonly allowed: ReadonlySet<string>,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  refusal(what: string): BackboneFormatError {
    return new BackboneFormatError(`The pickle ${what} (before byte ${this.at})`);
  }

  /** Goes over `count` bytes and says where they begin. */
  skip(count: number): number {
    if (this.at + count > this.bytes.length) throw this.refusal('ends early');
    this.at += count;
    return this.at - count;
  }
  byte(): number {
    return this.view.getUint8(this.skip(1));
  }
  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  text(length: number): string {
    const start = this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, this.at));
  }
  /** A whole number of any length, two's complement, little-endian. */
  long(length: number): bigint {
    const start = this.skip(length);
    const unsigned = this.bytes.subarray(start, this.at).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    return BigInt.asIntN(length * 8, unsigned);
  }
  line(): string {
    const newline = this.bytes.indexOf(0x0a, this.at);
    if (newline < 0) throw this.refusal('ends early');
    const line = this.text(newline - this.at);
    this.skip(1);
    return line;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }
  mark(): void {
    this.#stack.push(MARK);
  }
  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.refusal('takes a value that it never gave');
    return value;
  }
  popSeveral(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
  popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.refusal('closes a group that it never opened');
    return this.#stack.splice(mark).slice(1) as PickleValue[]; // as: the last mark is cut off
  }
  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  protocol(version: number): void {
    if (version > 2) throw this.refusal(`is of protocol ${version}; PyTorch writes 2`);
  }
  remember(index: number): void {
    this.#memo.set(index, this.top());
  }
  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.refusal(`recalls entry ${index}, which it never kept`);
    this.push(value);
  }
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!(list instanceof PickleList)) throw this.refusal('appends to what is no list');
    for (const item of items) list.items.push(item);
  }
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof PickleDict)) throw this.refusal('sets items of what is no dictionary');
    for (let index = 0; index + 1 < items.length; index += 2)
      dict.entries.set(items[index] ?? null, items[index + 1] ?? null);
  }
  global(): void {
    const name = `${this.line()}.${this.line()}`;
    if (!this.allowed.has(name)) throw this.refusal(`names "${name}", which weights do not need`);
    this.push(new PickleGlobal(name));
  }
  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple))
      throw this.refusal('calls what is no name');
    const isEmptyDict = callee.name === 'collections.OrderedDict' && args.items.length === 0;
    this.push(isEmptyDict ? new PickleDict() : new PickleCall(callee.name, args.items));
  }
  /** Attributes of a dictionary, such as the `_metadata` of a state dict: weights do not need them. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof PickleDict)) throw this.refusal('sets attributes of an object');
  }
}
