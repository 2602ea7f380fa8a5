/**
 * Runs all the tests, in four runs at once, each on a control plane of its own and about as long as the others: much of each is
 * waiting. At the end it names what failed in any of them; the last line is the sum, `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const FAILED_LINE = /^failed: .+$/gm;
const CLOSING_LINE = /^(\d+) passed, (\d+) failed$/gm;
/** After its last test, in which the control plane is stopped: a failed test may have left something open, for which jest waits for ever. */
const LONGEST_END_MS = 120_000;

/** What a run prints comes at once: to a pipe, jest prints the results of a file as a whole, so runs do not mix. */
async function run(...projects) {
  const child = spawn(process.execPath, [...jest, '--selectProjects', ...projects], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let end;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      process.stdout.write(text);
      if (said.match(CLOSING_LINE) !== null) end ??= setTimeout(() => tooLate(child, projects), LONGEST_END_MS);
    });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve(status ?? 1));
  });
  clearTimeout(end);
  const [, passed = '0', failed = '0'] = [...said.matchAll(CLOSING_LINE)].at(-1) ?? [];
  const named = said.match(FAILED_LINE) ?? [];
  // A run that broke off counts as a failure, whatever it had counted.
  return { passed: Number(passed), failed: code === 0 ? Number(failed) : Math.max(1, Number(failed)), named, code };
}

function tooLate(child, projects) {
  process.stdout.write(`${projects.join(', ')}: the tests are over, and something that one of them left open is not\n`);
  child.kill('SIGKILL');
  for (const stream of [child.stdout, child.stderr]) stream.destroy(); // what it left behind may hold the other end
}

const runs = await Promise.all([
  run('integration'),
  run('integration-whole-cluster'),
  run('integration-processes'),
  run('unit', 'framework-integration'),
]);
const sum = (count) => runs.reduce((total, one) => total + one[count], 0);
const named = runs.flatMap((one) => one.named).map((line) => `${line}\n`);
process.stdout.write(`\n${named.join('')}${sum('passed')} passed, ${sum('failed')} failed\n`);
process.exitCode = runs.every(({ code }) => code === 0) ? 0 : 1;
