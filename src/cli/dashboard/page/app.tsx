// cli/dashboard/page: the frame around every view: the way through the page, and whether what it shows is up to date.
import { useEffect, useRef } from 'preact/hooks';
import { Announcer } from './announcer.js';
import { Go, type Place, usePlace } from './navigation.js';
import { OverviewView } from './overview-view.js';
import { Notes } from './pieces.js';
import type { Link } from './server.js';
import type { Shown } from './shown.js';
import { WorkloadView } from './workload-view.js';
import { WorkloadsView } from './workloads-view.js';

export interface AppProps {
  readonly token: string;
  readonly link: Link;
  /** Undefined until the first update has come. */
  readonly shown: Shown | undefined;
}

export function App({ token, link, shown }: AppProps) {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  useArrival(place.path, main);
  return (
    <>
      <a class="skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to the content
      </a>
      <header>
        <p class="brand">kubexray</p>
        <nav aria-label="Views">
          <Go to="/" isCurrent={place.route.view === 'overview'}>
            Overview
          </Go>
          <Go to="/workloads" isCurrent={place.route.view === 'workloads'}>
            Workloads
          </Go>
        </nav>
        <p class={`link ${link}`} role="status">
          {LINKS[link]}
        </p>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {shown === undefined || link === 'refused' ? <Waiting link={link} /> : <View {...{ token, place, shown }} />}
      </main>
      <Announcer />
    </>
  );
}

const LINKS: Readonly<Record<Link, string>> = {
  opening: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost, trying again…',
  refused: 'Not connected',
};

function Waiting({ link }: { readonly link: Link }) {
  if (link !== 'refused')
    return <p>{link === 'opening' ? 'Reading the cluster…' : 'Does kubexray dashboard still run?'}</p>;
  return (
    <>
      <h1 tabIndex={-1}>This address is not enough</h1>
      <p>
        Open the whole address that <code>kubexray dashboard</code> printed when it was started last, with the token at
        its end.
      </p>
    </>
  );
}

interface ViewProps {
  readonly token: string;
  readonly place: Place;
  readonly shown: Shown;
}

function View({ token, place, shown }: ViewProps) {
  const { route } = place;
  return (
    <>
      <Notes notes={shown.notes} />
      {route.view === 'overview' ? <OverviewView shown={shown} /> : null}
      {route.view === 'workloads' ? <WorkloadsView shown={shown} filter={route.filter} page={route.page} /> : null}
      {route.view === 'workload' ? (
        <WorkloadView key={place.path} token={token} shown={shown} namespace={route.namespace} result={route.result} />
      ) : null}
      {route.view === 'nowhere' ? <Nowhere /> : null}
    </>
  );
}

function Nowhere() {
  return (
    <>
      <h1 tabIndex={-1}>There is nothing here</h1>
      <p>
        Go to the <Go to="/">overview</Go> or the <Go to="/workloads">list of workloads</Go>.
      </p>
    </>
  );
}

/** A reader who goes to another view begins at its heading, and the tab says where it is. */
function useArrival(path: string, main: { readonly current: HTMLElement | null }): void {
  const before = useRef(path);
  useEffect(() => {
    const heading = main.current?.querySelector('h1');
    if (before.current !== path) {
      scrollTo(0, 0);
      (heading ?? main.current)?.focus();
    }
    before.current = path;
  }, [path]);
  useEffect(() => {
    const heading = main.current?.querySelector('h1')?.textContent ?? '';
    document.title = heading === '' ? 'kubexray' : `${heading} · kubexray`;
  });
}
