/** Which of the two lists of commands is open: the palette, or the sheet of shortcuts. */
export class CommandsState {
  open = $state<'palette' | 'shortcuts' | null>(null);
}
