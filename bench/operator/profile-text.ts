// bench/operator: what a CPU profile or a heap snapshot says, as text.
import { cpuText } from './cpu-profile.js';
import { heapText } from './heap.js';
import { holdersText } from './heap-holders.js';
import { readHeapSnapshot } from './heap-snapshot.js';

/** @param file `….cpuprofile` or `….heapsnapshot`, by Node or by V8 */
export async function profileText(file: string): Promise<string> {
  if (file.endsWith('.cpuprofile')) return cpuText(file);
  const snapshot = await readHeapSnapshot(file);
  return [
    'in the heap, by what it looks like:',
    heapText(snapshot),
    'in the heap, by who holds it:',
    holdersText(snapshot),
    '',
  ].join('\n');
}
