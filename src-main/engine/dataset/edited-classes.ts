import type { ClassRef } from '../../contract/edits.ts';

interface ClassState {
  name: string;
  /** `named`: only edits know it, since its folder is gone; it is a class where pictures are in it. */
  state: 'kept' | 'named' | 'removed';
  /** Id of the class that it became a part of. */
  into: string | null;
}

/**
 * Classes while edits are applied one after another. Two live classes never have the same name: where a folder has come
 * whose name an edit has given to another class, the two are one.
 */
export class EditedClasses {
  readonly #byId = new Map<string, ClassState>();
  /** Ids of live classes by name. */
  readonly #live = new Map<string, string>();
  /** Classes that edits name and that are neither of the folder nor added. */
  readonly gone = new Set<string>();

  /** @param names  classes of the folder, which are their ids. */
  constructor(names: readonly string[]) {
    for (const name of names) this.#open(name, { name, state: 'kept', into: null });
  }

  /** The class that an id stands for now: itself, or what it was merged into. */
  idOf(id: string): string {
    let at = id;
    for (let into = this.#byId.get(at)?.into; into != null; into = this.#byId.get(at)?.into) at = into;
    return at;
  }

  /** As `idOf`, of a class that an edit names; one whose folder is gone is known from then on. */
  find({ id, name }: ClassRef): string {
    if (!this.#byId.has(id)) {
      this.gone.add(id);
      this.#open(id, { name, state: 'named', into: null });
    }
    return this.idOf(id);
  }

  add({ id, name }: ClassRef): void {
    if (!this.#byId.has(id)) this.#open(id, { name, state: 'kept', into: null });
  }

  rename(ref: ClassRef, newName: string): void {
    const id = this.find(ref);
    const found = this.#get(id);
    if (found.state === 'removed') return;
    this.#live.delete(found.name);
    found.name = newName;
    this.#enliven(id, found);
  }

  merge(refs: readonly ClassRef[], into: ClassRef): void {
    const target = this.find(into);
    for (const ref of refs) {
      const id = this.find(ref);
      const found = this.#get(id);
      if (id === target || found.state === 'removed') continue;
      this.#live.delete(found.name);
      found.into = target;
    }
  }

  remove(ref: ClassRef): void {
    const found = this.#get(this.find(ref));
    if (found.state === 'removed') return;
    this.#live.delete(found.name);
    found.state = 'removed';
  }

  nameOf(id: string): string {
    return this.#get(id).name;
  }

  stateOf(id: string): ClassState['state'] {
    return this.#get(id).state;
  }

  /** Ids by name of the classes that are there: those only named by edits where `isUsed`. */
  live(isUsed: (id: string) => boolean): Map<string, string> {
    return new Map([...this.#live].filter(([, id]) => this.stateOf(id) === 'kept' || isUsed(id)));
  }

  /** Every class with its last name. */
  *all(): Generator<{ readonly id: string; readonly name: string }> {
    for (const [id, { name }] of this.#byId) yield { id, name };
  }

  #open(id: string, state: ClassState): void {
    this.#byId.set(id, state);
    this.#enliven(id, state);
  }

  /** Makes a class live by its name; where another is by the same name, one becomes a part of the other. */
  #enliven(id: string, state: ClassState): void {
    const otherId = this.#live.get(state.name);
    const other = otherId === undefined ? undefined : this.#get(otherId);
    if (otherId !== undefined && other !== undefined) {
      const isReplaced = other.state === 'named' && state.state === 'kept';
      if (!isReplaced) {
        state.into = otherId;
        return;
      }
      other.into = id;
    }
    this.#live.set(state.name, id);
  }

  #get(id: string): ClassState {
    const found = this.#byId.get(id);
    if (found === undefined) throw new Error(`The class "${id}" was not looked up`);
    return found;
  }
}
