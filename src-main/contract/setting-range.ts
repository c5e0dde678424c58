/** What the contract allows for a setting, in words, so that no other range is ever named. */
import { z } from 'zod';

const range = z.object({
  type: z.enum(['number', 'integer']),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number(),
});

/**
 * @param path  names of members from the outermost in, and places of a tuple's.
 * @returns     null for what is no number.
 */
export function rangeWords(schema: z.ZodType, path: readonly string[]): string | null {
  const found = range.safeParse(path.reduce<unknown>(memberSchema, z.toJSONSchema(schema)));
  if (!found.success) return null;
  const { type, minimum, exclusiveMinimum, maximum } = found.data;
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const from = exclusiveMinimum === undefined ? `from ${minimum ?? 0}` : `above ${exclusiveMinimum}`;
  const words = `${kind} ${from} to ${maximum}`;
  return /^\d+$/.test(path.at(-1) ?? '') ? `each of its parts is ${words}` : `it takes ${words}`;
}

/** What lies at a path of names; undefined where there is nothing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((within, name) => memberOf(within, name), value);
}

/** The schema of a member, of a tuple's part, or of that which may also be null. */
function memberSchema(schema: unknown, name: string): unknown {
  const [own] = [schema, ...listOf(valueAt(schema, ['anyOf']))].flatMap((choice) => {
    const member = valueAt(choice, ['properties', name]) ?? valueAt(choice, ['prefixItems', name]);
    return member === undefined ? [] : [member];
  });
  const [number] = listOf(valueAt(own, ['anyOf'])).filter((choice) => range.safeParse(choice).success);
  return number ?? own;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
