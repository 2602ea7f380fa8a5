// cli: durations for people, in the largest unit that fits.

export function durationText(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
  ] as const;
  const fitting = units.find(([size]) => seconds >= size && seconds % size === 0);
  return fitting === undefined ? `${seconds}s` : `${seconds / fitting[0]}${fitting[1]}`;
}
