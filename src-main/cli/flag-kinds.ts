/** Kinds of flags that several commands have. */
import { InvalidArgumentError, Option, type Command } from 'commander';

export function number(command: Command, flag: string, description: string, byDefault: number): void {
  command.option(flag, description, parseNumber, byDefault);
}

export function choice(
  command: Command,
  flag: string,
  description: string,
  choices: readonly string[],
  byDefault?: string,
): void {
  const option = new Option(flag, description).choices(choices);
  command.addOption(byDefault === undefined ? option : option.default(byDefault));
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError(`"${text}" is not a number.`);
  return value;
}
