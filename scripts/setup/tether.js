// @ts-check
/** `fork`ed by command.js: runs the program of its arguments and ends it at a message, or when the process that forked this one is gone. */
import { spawn } from 'node:child_process';

const [program = '', ...args] = process.argv.slice(2);
// Windows runs .cmd files (npm, Chromium's wrapper) through its shell only.
const needsShell = process.platform === 'win32' && program.endsWith('.cmd');
const child = spawn(needsShell ? `"${program}"` : program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  shell: needsShell,
});
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code, signal) => {
  if (signal) process.stderr.write(`ended by ${signal}\n`);
  process.exit(code ?? 1);
});
function end() {
  child.kill('SIGKILL');
  process.exit(1);
}
process.once('message', end);
process.once('disconnect', end);
if (!process.connected) end(); // it was gone before this process had started
