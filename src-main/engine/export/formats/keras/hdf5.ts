import type { Group } from 'h5wasm';
import type { Parameter } from '../../../network/network.ts';

/** A part of an HDF5 file. Its attributes are text; names hold no slash. */
export interface Hdf5Group {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly groups?: Readonly<Record<string, Hdf5Group>>;
  /** float32. */
  readonly datasets?: Readonly<Record<string, Parameter>>;
}

/**
 * Makes an HDF5 file in memory, in the layout that every release of HDF5 reads. The bytes depend on the argument alone.
 *
 * @throws what h5wasm says of a file that it cannot make: that is a bug.
 */
export async function toHdf5(root: Hdf5Group): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm'); // 4 MB, of use here alone
  const { FS, activate_throwing_error_handler: throwErrors } = await ready;
  throwErrors(); // instead of printing them
  const name = '/export.h5';
  return withoutClock(() => {
    try {
      const file = new File(name, 'w', { libver: ['earliest', 'latest'] });
      try {
        fill(file, root);
      } finally {
        file.close();
      }
      return FS.readFile(name);
    } finally {
      FS.unlink(name);
    }
  });
}

type Writer = Pick<Group, 'create_attribute' | 'create_group' | 'create_dataset'>;

function fill(group: Writer, { attributes = {}, groups = {}, datasets = {} }: Hdf5Group): void {
  for (const [name, value] of Object.entries(attributes))
    group.create_attribute(name, typeof value === 'string' ? value : [...value]);
  for (const [name, child] of Object.entries(groups)) fill(group.create_group(name), child);
  for (const [name, { shape, values }] of Object.entries(datasets))
    group.create_dataset({ name, data: values, shape: [...shape], dtype: '<f' });
}

/** HDF5 notes in each data set when it was made, which h5wasm cannot turn off: it asks `Date`, and is told 1970. */
function withoutClock<T>(make: () => T): T {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return make(); // nothing else runs meanwhile: it does not wait
  } finally {
    Date.now = now;
  }
}
