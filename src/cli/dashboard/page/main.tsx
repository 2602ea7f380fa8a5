// cli/dashboard/page: the door: takes the token, follows the server, and draws whatever comes.
import { render } from 'preact';
import { App } from './app.js';
import { follow, type Link, takeToken } from './server.js';
import { nothing, type Shown, shownAfter } from './shown.js';

const root = document.querySelector('#app');
if (root === null) throw new Error('the page has no place to draw on');

const token = takeToken();
let shown: Shown | undefined;
let link: Link = 'opening';

const draw = (): void => {
  render(<App token={token} link={link} shown={shown} />, root);
};

draw();
await follow(token, {
  onUpdate: (update) => {
    shown = shownAfter(shown ?? nothing, update);
    draw();
  },
  onLink: (now) => {
    link = now;
    draw();
  },
});
