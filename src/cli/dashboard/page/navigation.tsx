// cli/dashboard/page: moving between the views without loading the page anew, so that links, Back and bookmarks work as everywhere.
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Route, routeOf } from './route.js';

const MOVED = 'kubexray:moved';

/** @param how `replace`: the way Back leaves it out */
export function moveTo(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', path);
  else history.replaceState(null, '', path);
  dispatchEvent(new Event(MOVED));
}

export interface Place {
  readonly path: string;
  readonly route: Route;
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = (): void => {
      setPlace(here());
    };
    addEventListener('popstate', look);
    addEventListener(MOVED, look);
    return () => {
      removeEventListener('popstate', look);
      removeEventListener(MOVED, look);
    };
  }, []);
  return place;
}

function here(): Place {
  return { path: location.pathname, route: routeOf(location) };
}

interface GoProps {
  readonly to: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly children: ComponentChildren;
}

/** A link to a view. Clicks that ask for another tab or window are the browser's. */
export function Go({ to, isCurrent = false, children, ...more }: GoProps) {
  const onClick = (event: TargetedMouseEvent<HTMLAnchorElement>): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    moveTo(to);
  };
  return (
    <a href={to} onClick={onClick} aria-current={isCurrent ? 'page' : undefined} {...more}>
      {children}
    </a>
  );
}
