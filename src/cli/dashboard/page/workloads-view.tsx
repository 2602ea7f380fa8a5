// cli/dashboard/page: the list of workloads, with filters that stand in the address, a hundred on a page.
import type { TargetedEvent } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { WorkloadLine } from '../item.js';
import { announce } from './announcer.js';
import { type Choices, choicesOf, everything, type Filter, matching } from './filter.js';
import { Go, moveTo } from './navigation.js';
import { Table } from './pieces.js';
import { workloadsPath } from './route.js';
import type { Shown } from './shown.js';
import { workloadColumns } from './workload-columns.js';

const ON_A_PAGE = 100;

interface Props {
  readonly shown: Shown;
  readonly filter: Filter;
  readonly page: number;
}

export function WorkloadsView({ shown, filter, page }: Props) {
  const { workloads } = shown;
  const choices = useMemo(() => choicesOf(workloads), [workloads]);
  const found = useMemo(() => matching(workloads, filter), [workloads, workloadsPath(filter)]);
  const pages = Math.max(1, Math.ceil(found.length / ON_A_PAGE));
  const current = Math.min(page, pages);
  const rows = found.slice((current - 1) * ON_A_PAGE, current * ON_A_PAGE);
  const count = countText(found.length, workloads.length);
  useAnnounced(filter, count);
  return (
    <>
      <h1 tabIndex={-1}>Workloads</h1>
      <FilterForm filter={filter} choices={choices} />
      <section aria-labelledby="found">
        <PageHeading count={count} current={current} pages={pages} />
        {rows.length === 0 ? (
          <p class="quiet">{workloads.length === 0 ? 'No workload has a result yet.' : 'None passes the filters.'}</p>
        ) : (
          <Table caption="Workloads, the worst first" columns={workloadColumns} rows={rows} keyOf={keyOf} />
        )}
      </section>
      {pages === 1 ? null : <Pages filter={filter} current={current} pages={pages} />}
    </>
  );
}

/** Only what the reader asked for is said aloud, not every change of a busy cluster. */
function useAnnounced(filter: Filter, count: string): void {
  const newest = useRef(count);
  newest.current = count;
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return undefined;
    }
    const timer = setTimeout(() => {
      announce(newest.current);
    }, 500);
    return () => {
      clearTimeout(timer);
    };
  }, [workloadsPath(filter)]);
}

/** It is where a reader goes on who has turned the page. */
function PageHeading({
  count,
  current,
  pages,
}: {
  readonly count: string;
  readonly current: number;
  readonly pages: number;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(current);
  useEffect(() => {
    if (before.current !== current) heading.current?.focus();
    before.current = current;
  }, [current]);
  return (
    <h2 id="found" ref={heading} tabIndex={-1}>
      {count}
      {pages === 1 ? null : `, page ${current} of ${pages}`}
    </h2>
  );
}

function countText(found: number, all: number): string {
  if (found === all) return all === 1 ? '1 workload' : `${all.toLocaleString()} workloads`;
  return `${found.toLocaleString()} of ${all.toLocaleString()} workloads`;
}

function keyOf({ namespace, result }: WorkloadLine): string {
  return `${namespace}/${result}`;
}

const SELECTS = [
  { name: 'namespace', label: 'Namespace' },
  { name: 'verdict', label: 'Verdict' },
  { name: 'action', label: 'Action' },
  { name: 'policy', label: 'Policy' },
] as const;

function FilterForm({ filter, choices }: { readonly filter: Filter; readonly choices: Choices }) {
  const change =
    (name: keyof Filter, how: 'push' | 'replace') => (event: TargetedEvent<HTMLInputElement | HTMLSelectElement>) => {
      moveTo(workloadsPath({ ...filter, [name]: event.currentTarget.value }), how);
    };
  return (
    <form
      role="search"
      aria-label="Workloads"
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <div class="field wide">
        <label for="text">Name, image, policy or message</label>
        <input id="text" type="search" autoComplete="off" value={filter.text} onInput={change('text', 'replace')} />
      </div>
      {SELECTS.map(({ name, label }) => (
        <div class="field" key={name}>
          <label for={name}>{label}</label>
          <select id={name} value={filter[name]} onChange={change(name, 'push')}>
            <option value="">all</option>
            {withChosen(choices[name], filter[name]).map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        </div>
      ))}
      {workloadsPath(filter) === workloadsPath(everything) ? null : (
        <div class="field">
          <button
            type="button"
            onClick={() => {
              moveTo(workloadsPath(everything));
            }}
          >
            Clear filters
          </button>
        </div>
      )}
    </form>
  );
}

/** What the address asks for stays chosen, also while there is none of it. */
function withChosen(choices: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || choices.includes(chosen) ? choices : [...choices, chosen];
}

function Pages({
  filter,
  current,
  pages,
}: {
  readonly filter: Filter;
  readonly current: number;
  readonly pages: number;
}) {
  const link = (page: number, text: string) =>
    page < 1 || page > pages ? <span class="quiet">{text}</span> : <Go to={workloadsPath(filter, page)}>{text}</Go>;
  return (
    <nav class="pages" aria-label="Pages">
      {link(current - 1, '← Previous page')}
      {link(current + 1, 'Next page →')}
    </nav>
  );
}
