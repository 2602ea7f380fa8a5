// cli/dashboard: the files of the page, which the bundler puts into the program: nothing is read at run time, and nothing is
// built by whoever uses it.
import icon from './page/icon.svg?embedded';
import html from './page/index.html?embedded';
import script from './page/main.tsx?embedded';
import style from './page/page.css?embedded';
import type { PageFiles } from './page-file.js';

export const pageFiles: PageFiles = {
  html: { type: 'text/html; charset=utf-8', text: html },
  assets: new Map([
    ['/assets/page.js', { type: 'text/javascript; charset=utf-8', text: script }],
    ['/assets/page.css', { type: 'text/css; charset=utf-8', text: style }],
    ['/assets/icon.svg', { type: 'image/svg+xml', text: icon }],
  ]),
};
