// cli/dashboard/page: cuts a stream of server-sent events into what each says (HTML standard, 9.2.6; only data is sent here). Pure.

export class EventCutter {
  #rest = '';

  /** @returns the data of each event that is complete now */
  cut(text: string): readonly string[] {
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop() ?? '';
    return events.flatMap((event) => {
      const data = event.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []));
      return data.length === 0 ? [] : [data.join('\n')];
    });
  }
}
