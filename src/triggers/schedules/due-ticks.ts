import type { Timetable } from "./timetable.ts"

/** What becomes of times that nobody was there to fire. */
export type CatchUp = "none" | "last" | "all"

/** What is to be done about a schedule now. */
export interface DueTicks {
  /** Times to fire for, oldest first. */
  readonly fire: readonly number[]
  /** The first and the last of those that are given up; null where none is. */
  readonly missed: { readonly from: number; readonly to: number } | null
  /** What comes after all of these; perhaps due as well. */
  readonly next: number
}

/** A time this long ago is only late, and fires whatever the policy: a process may have been replaced meanwhile. */
const lateMs = 60_000

/** What is older is not made up for even where all is. */
const catchUpMs = 86_400_000

/** Decides on a schedule whose next time was to be `from`; fires no more than `limit` at once. */
export function findDueTicks(
  timetable: Timetable,
  {
    from,
    now,
    catchUp,
    limit,
  }: { readonly from: number; readonly now: number; readonly catchUp: CatchUp; readonly limit: number },
): DueTicks {
  const oldest = now - (catchUp === "all" ? catchUpMs : lateMs)
  if (from >= oldest) return { ...take(timetable, from, now, limit), missed: null }
  const kept = take(timetable, timetable.next(oldest - 1), now, limit)
  const to = lastBefore(timetable, from, oldest)
  if (catchUp !== "last" || kept.fire.length > 0) return { ...kept, missed: { from, to } }
  return { fire: [to], next: kept.next, missed: to === from ? null : { from, to: lastBefore(timetable, from, to) } }
}

function take(timetable: Timetable, first: number, now: number, limit: number): Pick<DueTicks, "fire" | "next"> {
  const fire: number[] = []
  let tick = first
  while (tick <= now && fire.length < limit) {
    fire.push(tick)
    tick = timetable.next(tick)
  }
  return { fire, next: tick }
}

/** The last time before `end`, by halves: between `tick`, which is one, and `end` there may be millions. */
function lastBefore(timetable: Timetable, tick: number, end: number): number {
  let last = tick
  let bound = end
  for (;;) {
    const following = timetable.next(last)
    if (following >= end) return last
    last = following
    const middle = timetable.next((last + bound) / 2)
    if (middle < end) last = middle
    else bound = (last + bound) / 2
  }
}
