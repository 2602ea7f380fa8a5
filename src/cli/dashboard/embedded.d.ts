// cli/dashboard: a file of the page as text; a script is bundled with all that it imports (scripts/embed-page.mjs).
declare module '*?embedded' {
  const text: string;
  // eslint-disable-next-line no-restricted-syntax -- a file has no name of its own
  export default text;
}
