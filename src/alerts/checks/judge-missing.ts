import type { MissingCondition } from "../../model/alert-condition.ts"
import { iso } from "../iso.ts"
import type { Group } from "./groups.ts"
import { keyOf, showSpan } from "./measure.ts"
import { nameOf, type Occasion, seriesOccasion } from "./occasion.ts"
import type { SeriesSource } from "./sources.ts"

const minuteMs = 60_000

/** From coarse to fine: each is looked for within the one before. Kept are some 430 days, 90 days and a week. */
const searches = [
  { stepMs: 86_400_000, reachMs: 430 * 86_400_000 },
  { stepMs: 3_600_000, reachMs: 86_400_000 },
  { stepMs: minuteMs, reachMs: 3_600_000 },
] as const

/** Where the last span ends in which a group had a value, as finely as it is still known; null where it never had one. */
export async function findLastSeen(
  source: SeriesSource,
  organisation: string,
  { members }: Group,
  end: number,
): Promise<number | null> {
  let last: number | null = null
  for (const { stepMs, reachMs } of searches) {
    const to: number = Math.ceil((last ?? end) / stepMs) * stepMs
    const from = Math.max(0, to - reachMs)
    const [reading] = members.length === 0 ? [] : await source.read(organisation, [members], stepMs, { from, to })
    // What is finer is kept for less long.
    const found = reading?.points.filter(({ at }) => at < end).at(-1)
    if (!found) return last
    last = Math.min(found.at + stepMs, end)
  }
  return last
}

/** Whether it is too long by `end` that a value came. */
export function judgeMissing(
  condition: MissingCondition,
  group: Group,
  lastSeenAt: number | null,
  end: number,
): Occasion | undefined {
  const missingMs = end - (lastSeenAt ?? group.since)
  if (missingMs < condition.expectedEveryMs) return undefined
  const { metric } = condition
  const before = lastSeenAt === null ? "it never had any" : `the last came by ${iso(lastSeenAt)}`
  return seriesOccasion({
    message: `${metric} of ${nameOf(group)} has had no values for ${showSpan(missingMs)}: ${before}, and one is expected every ${showSpan(condition.expectedEveryMs)}.`,
    value: missingMs,
    at: end,
    finding: { type: "missing", key: keyOf(metric), dimensions: group.dimensions, lastSeenAt, missingMs },
  })
}
