// cli: what a command tells the shell, and the one error that every command may throw.

/** 0: all is well. 1: violations were found, or there was nothing to do. 2: wrong usage, or it could not be told. */
export type ExitCode = 0 | 1 | 2;

/** A command cannot go on. The message says what to do, and is all that is shown. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
}
