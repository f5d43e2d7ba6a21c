import type { StoryReport } from './network-story';

/** What was simulated, in figures: counts, then how long it took to be reachable again, by change. */
export function storyLines(reports: readonly StoryReport[]): string[] {
  const sum = (count: (report: StoryReport) => number): number =>
    reports.reduce((total, each) => total + count(each), 0);
  return [
    `${sum(({ updates }) => updates)} updates`,
    `${sum(({ payments }) => payments)} payments while nothing changed, ${sum(({ curves }) => curves)} curves`,
    `${sum(({ during }) => during)} payments while routes changed, ${sum(({ returned }) => returned)} came round`,
    'seconds until everybody can pay everybody, and until nobody has news: median, 95 %, most',
    ...convergenceLines(reports),
  ];
}

function convergenceLines(reports: readonly StoryReport[]): string[] {
  const times = new Map<string, { readonly reach: number[]; readonly quiet: number[] }>();
  for (const { plan, convergences } of reports) {
    for (const { change, ms, quietMs } of convergences) {
      const key = `${plan.speech} ${change}`;
      const known = times.get(key) ?? { reach: [], quiet: [] };
      times.set(key, known);
      known.reach.push(ms / 1000);
      if (quietMs !== undefined) known.quiet.push(Math.round(quietMs / 1000));
    }
  }
  return [...times]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { reach, quiet }]) => {
      const count = String(reach.length).padStart(5);
      return `${count}  ${key.padEnd(16)} ${spread(reach)}   ${spread(quiet)}`.trimEnd();
    });
}

function spread(values: number[]): string {
  if (values.length === 0) return '';
  const sorted = values.sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return [0.5, 0.95, 1].map((share) => String(at(share)).padStart(5)).join('');
}
