// cli/dashboard/page: the one place where something is said aloud by screen readers, politely.
import { useEffect, useState } from 'preact/hooks';

const SAID = 'kubexray:said';

export function announce(text: string): void {
  dispatchEvent(new CustomEvent(SAID, { detail: text }));
}

export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    const hear = (event: Event): void => {
      if (event instanceof CustomEvent && typeof event.detail === 'string') setText(event.detail);
    };
    addEventListener(SAID, hear);
    return () => {
      removeEventListener(SAID, hear);
    };
  }, []);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
