/** Turns what the user dropped or picked into a place in the project for each file. */

export interface ImportPlan {
  /** A name for a new project; null where nothing gives one. */
  readonly name: string | null;
  /** Per file: its path in the project, or null where no class is known for it. */
  readonly targets: readonly (string | null)[];
}

export interface ImportPlace {
  /** Folder of the class that the files were dropped on, relative to the project's pictures; null: none. */
  readonly classFolder: string | null;
  /** Where a new class folder belongs: "train" in a project that is split by folders, else "". */
  readonly newClassParent: string;
}

const TOP_LEVEL: ImportPlace = { classFolder: null, newClassParent: '' };

const SPLIT_FOLDER = /^(train|training|val|valid|validation|test|testing)$/i;

/**
 * One folder of class folders is the dataset itself, so its own name goes. A folder that holds pictures directly is a
 * class, so its name stays. Pictures without any folder have no class unless they were dropped on one.
 *
 * @param paths  slash-separated, each beginning with the name of the dropped folder or file.
 */
export function planImport(paths: readonly string[], place: ImportPlace = TOP_LEVEL): ImportPlan {
  const parts = paths.map((path) => path.split('/').filter((part) => part !== ''));
  const roots = [...new Set(parts.filter(({ length }) => length > 1).map(([root]) => root ?? ''))];
  const { classFolder } = place;
  if (classFolder !== null) {
    return { name: null, targets: parts.map((segments) => join(classFolder, segments.at(-1))) };
  }
  const [onlyRoot] = roots;
  const isDataset = roots.length === 1 && parts.some(({ length }) => length > 2);
  const targets = parts.map((segments) => {
    if (segments.length < 2) return null;
    if (isDataset) return segments.slice(1).join('/');
    const isSplit = SPLIT_FOLDER.test(segments[0] ?? '');
    return join(isSplit ? '' : place.newClassParent, segments.join('/'));
  });
  return { name: roots.length === 1 && onlyRoot !== undefined ? onlyRoot : null, targets };
}

function join(folder: string, path: string | undefined): string | null {
  if (path === undefined) return null;
  return folder === '' ? path : `${folder}/${path}`;
}

/** "train/ants/1.jpg" of class "ants" lies in "train/ants": where more pictures of that class belong. */
export function folderOfClass(picturePath: string, className: string): string | null {
  const parts = picturePath.split('/');
  const at = parts.slice(0, -1).findIndex((part) => part.normalize('NFC') === className);
  return at < 0 ? null : parts.slice(0, at + 1).join('/');
}

/** "train" for "train/ants/1.jpg" of class "ants": where another class belongs in a dataset split by folders. */
export function parentOfClass(picturePath: string, className: string): string {
  return (folderOfClass(picturePath, className) ?? '').split('/').slice(0, -1).join('/');
}
