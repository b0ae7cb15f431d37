import { type RawBuilder, sql } from "kysely"

/** What there is to take. */
export interface Sight {
  readonly isWaiting: boolean
  /** Whether jobs of more than one organisation wait. */
  readonly isShared: boolean
  /** Whether time has let something go on, or lets a lease run out. */
  readonly isTimed: boolean
  /** Whether a job that waits has another priority than the usual one. */
  readonly isRanked: boolean
  /** When the next thing will be. */
  readonly nextAt: number | null
}

/** A row of `sightColumns`. */
export interface SightRow {
  readonly due: Whole
  readonly overdue: Whole
  readonly lease: Whole
  readonly lane: Whole
  readonly first: string | null
  readonly last: string | null
  readonly ranked: Whole
}

type Whole = number | string | bigint | null

/** Each is one step in an index. */
export const sightColumns: RawBuilder<unknown> = sql`
  (select min(run_at) from inlay_jobs where status = 'delayed') as due,
  (select min(deadline_at) + 1 from inlay_jobs
    where deadline_at is not null and status in ('delayed', 'held')) as overdue,
  (select min(lease_until) from inlay_jobs where status = 'running') as lease,
  (select min(next_at) from inlay_lanes where next_at is not null) as lane,
  (select organisation from inlay_jobs where status = 'waiting' and organisation > ''
    order by organisation limit 1) as first,
  (select organisation from inlay_jobs where status = 'waiting' and organisation > ''
    order by organisation desc limit 1) as last,
  (select 1 from inlay_jobs where status = 'waiting' and priority <> 0 limit 1) as ranked`

/** What such a row says at `now`. */
export function toSight({ due, overdue, lease, lane, first, last, ranked }: SightRow, now: number): Sight {
  const times = [due, overdue, lease, lane].filter((time) => time != null).map(Number)
  const later = times.filter((time) => time > now)
  return {
    isWaiting: first != null,
    isShared: first !== last,
    isTimed: later.length < times.length,
    isRanked: ranked != null,
    nextAt: later.length === 0 ? null : Math.min(...later),
  }
}
