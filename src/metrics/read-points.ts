import type { MetricSeries, Resolution, TimeRange } from "../model/metrics.ts"
import type { MetricMoments, MetricStore, MetricWindow } from "../ports/metric-storage.ts"
import { Aggregate } from "./aggregate.ts"
import type { Windows } from "./create-windows.ts"

/** What points are read from. */
export interface PointSources {
  readonly store: MetricStore
  readonly windows: Pick<Windows, "open">
}

const hourMs = 3_600_000
const dayMs = 86_400_000

/** The coarsest windows that make up steps of this length. */
export function resolutionOf(stepMs: number): Resolution {
  if (stepMs % dayMs === 0) return dayMs
  return stepMs % hourMs === 0 ? hourMs : 60_000
}

/** Values by the time at which their step begins. */
export type Steps = ReadonlyMap<number, Aggregate>

/** The values of these series in steps from the beginning of the range. */
export async function readSteps(
  sources: PointSources,
  organisation: string,
  series: readonly MetricSeries[],
  stepMs: number,
  range: TimeRange,
): Promise<Steps> {
  const [steps = new Map()] = await readGroups(sources, organisation, [series], stepMs, range)
  return steps
}

/**
 * The same for some groups of series, read at once; no series is in two of them. The storage and what this process has not
 * written yet are put together: what both have counts once.
 */
export async function readGroups(
  { store, windows }: PointSources,
  organisation: string,
  groups: readonly (readonly MetricSeries[])[],
  stepMs: number,
  range: TimeRange,
): Promise<readonly Steps[]> {
  const groupOf = new Map(groups.flatMap((group, index) => group.map(({ id }) => [id, index] as const)))
  // Before the storage is read: what is written meanwhile is found there, what is written later is found here.
  const open = windows
    .open(organisation, new Set(groups.flatMap((group) => group.map(({ key }) => key))))
    .filter(({ series: { id }, at }) => groupOf.has(id) && at >= range.from && at < range.to)
  const written = await store.read(organisation, [...groupOf.keys()], resolutionOf(stepMs), range)
  const known = new Set(written.map(({ seriesId, at, part }) => nameOf(seriesId, at, part)))
  const found = groups.map(() => new Map<number, Aggregate>())
  const stepAt = (seriesId: string, at: number): Aggregate => {
    const steps = found[groupOf.get(seriesId) ?? 0]
    const begin = at - (at % stepMs)
    const step = steps?.get(begin) ?? new Aggregate()
    steps?.set(begin, step)
    return step
  }
  for (const window of written) stepAt(window.seriesId, window.at).mergeMoments(window)
  for (const { series: one, at, part, addTo } of open) {
    if (!known.has(nameOf(one.id, at, part))) addTo(stepAt(one.id, at))
  }
  return found
}

/** Merges windows into one; how the storage rolls them up. */
export function mergeWindows(windows: readonly MetricWindow[]): MetricMoments {
  const all = new Aggregate()
  for (const window of windows) all.mergeMoments(window)
  return all.toMoments()
}

function nameOf(seriesId: string, at: number, part: string): string {
  return `${seriesId}/${at}/${part}`
}
