// cli/dashboard/page: the small pieces that every view is made of. What comes from the cluster is always a child or an attribute
// here, so it stays text whatever it says.
import type { ComponentChildren } from 'preact';

type Tone = 'good' | 'bad' | 'wait' | 'plain';

const VERDICT_TONES: ReadonlyMap<string, Tone> = new Map([
  ['Compliant', 'good'],
  ['Violating', 'bad'],
  ['Unscanned', 'bad'],
  ['Pending', 'wait'],
  ['Unknown', 'wait'],
]);

const ACTION_TONES: ReadonlyMap<string, Tone> = new Map([
  ['Held', 'bad'],
  ['ScaledDown', 'wait'],
  ['Suspended', 'wait'],
  ['Deleted', 'wait'],
  ['RolledBack', 'wait'],
  ['Restored', 'good'],
]);

/** The colour only underlines what the word says. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Verdict({ verdict }: { readonly verdict: string }) {
  return <Badge tone={VERDICT_TONES.get(verdict) ?? 'plain'}>{verdict}</Badge>;
}

export function Action({ action }: { readonly action: string }) {
  return action === 'None' ? <>{action}</> : <Badge tone={ACTION_TONES.get(action) ?? 'plain'}>{action}</Badge>;
}

export function Severity({ severity }: { readonly severity: string }) {
  return <Badge tone={severity === 'Critical' || severity === 'High' ? 'bad' : 'plain'}>{severity}</Badge>;
}

/** In the reader's own time and language. */
export function Time({ at }: { readonly at: string }) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return <>{at}</>;
  return (
    <time dateTime={at} title={at}>
      {time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}

/** References, digests and names of fields; a line ends rather after one of their parts than within it. */
export function Code({ children }: { readonly children: string }) {
  const parts = children.split(/(?<=[/.:@])/u);
  return (
    <code>
      {parts.map((part, at) => (
        <>
          {at === 0 ? null : <wbr />}
          {part}
        </>
      ))}
    </code>
  );
}

export function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <section class="notes" aria-label="What is missing here">
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

interface SectionProps {
  readonly title: string;
  /** Said instead, where there is nothing. */
  readonly empty?: string;
  readonly children?: ComponentChildren;
}

export function Section({ title, empty, children }: SectionProps) {
  const id = `section-${title.toLowerCase().replaceAll(/[^a-z]+/gu, '-')}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {empty === undefined ? children : <p class="quiet">{empty}</p>}
    </section>
  );
}

export interface Column<T> {
  readonly title: string;
  readonly isNumber?: true;
  /** It names the row. */
  readonly isName?: true;
  readonly cell: (row: T) => ComponentChildren;
}

interface TableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
}

/** On a narrow screen each row is a card; the roles keep it a table for screen readers there. */
export function Table<T>({ caption, columns, rows, keyOf }: TableProps<T>) {
  return (
    <table role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isNumber }) => (
            <th key={title} role="columnheader" scope="col" class={isNumber === true ? 'number' : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map((column) => (
              <Cell key={column.title} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<T>({ column, row }: { readonly column: Column<T>; readonly row: T }) {
  const { title, isName, isNumber, cell } = column;
  if (isName === true)
    return (
      <th role="rowheader" scope="row">
        {cell(row)}
      </th>
    );
  return (
    <td role="cell" data-title={title} class={isNumber === true ? 'number' : undefined}>
      <div>{cell(row)}</div>
    </td>
  );
}
