// controllers: holds the lines of a history that the API server has not taken yet. The note of a stop tells of it only until the stop
// ends; where the records of both were refused, nothing else is left to tell.
import type { HistoryLine, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { newLines, withUnwritten } from '../../report/result/history.js';

export class UnwrittenHistory {
  readonly #lines = new Map<string, readonly HistoryLine[]>();

  /** These are about to be written in place of `written`. */
  keep(key: string, lines: readonly HistoryLine[], written: readonly HistoryLine[] | undefined): void {
    if (newLines(written, lines).length > 0) this.#lines.set(key, lines);
  }

  /** They are written, or the workload and its result are gone. */
  forget(key: string): void {
    this.#lines.delete(key);
  }

  /** The status as it is written, with what was to be written in its history, too. */
  addedTo(written: XrayScanResultStatus | undefined, key: string): XrayScanResultStatus | undefined {
    const lines = this.#lines.get(key);
    return lines === undefined
      ? written
      : Object.assign({}, written, { history: withUnwritten(written?.history, lines) });
  }
}
