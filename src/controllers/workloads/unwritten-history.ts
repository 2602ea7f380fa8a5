// controllers: holds the lines of a history that the API server has not taken yet. The note of a stop tells of it only until the stop
// ends; where the records of both were refused, nothing else is left to tell.
import type { HistoryLine } from '../../api/v1alpha1/types.js';
import { newLines, withUnwritten } from '../../report/result/history.js';

export class UnwrittenHistory {
  readonly #lines = new Map<string, readonly HistoryLine[]>();

  /**
   * @param lines what the pass made of what is written
   * @returns what is to be written: it is held until `forget`
   */
  addedTo(
    lines: readonly HistoryLine[],
    key: string,
    written: readonly HistoryLine[] | undefined,
  ): readonly HistoryLine[] {
    const all = withUnwritten(lines, written, this.#lines.get(key));
    if (newLines(written, all).length > 0) this.#lines.set(key, all);
    return all;
  }

  /** They are written, or the workload is gone. */
  forget(key: string): void {
    this.#lines.delete(key);
  }
}
