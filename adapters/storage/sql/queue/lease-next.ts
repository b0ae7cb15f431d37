import { type RawBuilder, sql } from "kysely"
import type { TakeRequest } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createOften } from "../often.ts"
import { findWaiting } from "./choose.ts"
import { type JobRow, leasedColumns } from "./job-row.ts"
import { type Sight, type SightRow, sightColumns, toSight } from "./sight.ts"

/** What is seen, and what was leased. */
interface Seen {
  readonly sight: Sight
  readonly rows: readonly JobRow[]
}

/** The same, and what is still to be asked for: by rank, or of jobs that others, who have had their share, may hide. */
interface Next extends Seen {
  readonly rest: TakeRequest | null
}

/**
 * Makes what looks at what there is to take, and leases the next jobs by their turns alone; of no organisation more than
 * its share. Where time has let something go on, or a job has a priority, it leases none.
 */
export function createLeaseNext(database: Database): (request: TakeRequest) => Promise<Next> {
  const seeAndLease = database.engine.changesInWith ? createAtOnce(database) : createInTurn(database)
  return async (request) => {
    const { limit, shares } = request
    const { sight, rows } = await seeAndLease(request)
    if (limit <= 0 || !(sight.isWaiting || sight.isTimed)) return { sight, rows, rest: null }
    if (sight.isTimed || sight.isRanked) return { sight, rows, rest: request }
    const leased = [...rows].sort((one, other) => one.turn - other.turn || (one.id < other.id ? -1 : 1))
    if (!shares || !sight.isShared || leased.length === limit) return { sight, rows: leased, rest: null }
    const held = new Map(shares.held)
    for (const { organisation } of leased) held.set(organisation, (held.get(organisation) ?? 0) + 1)
    const hasRoom = (organisation: string) => (held.get(organisation) ?? 0) < shares.limit
    const mayHide = [...held.keys()].some((organisation) => !hasRoom(organisation))
    const isHidden = mayHide && (await findWaiting(database.kysely)).some(hasRoom)
    const rest = isHidden ? { ...request, limit: limit - leased.length, shares: { ...shares, held } } : null
    return { sight, rows: leased, rest }
  }
}

type SeeAndLease = (request: TakeRequest) => Promise<Seen>

/** In one statement. */
function createAtOnce({ kysely, engine }: Database): SeeAndLease {
  const create = (most: number) =>
    createOften<Values>(kysely, (slot) => {
      const limit = sql`cast(${slot("limit")} as integer)`
      // Where one organisation waits alone, no more is locked than it may have.
      const count = sql`(
        select case when first = last then least(${limit}, ${toRoom(engine, slot, sql`sight.first`)}) else ${limit} end
        from sight
      )`
      // The limit within is for whoever plans this, and does not know the other.
      const waiting = sql`(
        select organisation, id, turn from inlay_jobs
        where status = 'waiting' and (
          select ranked is null and coalesce(least(due, overdue, lease, lane) > cast(${slot("now")} as double precision), true)
          from sight
        )
        order by turn, id limit ${sql.lit(most)}${sql.raw(engine.skipLocked)}
      ) as waiting limit ${count}`
      return sql`
        with sight as materialized (select ${sightColumns}), ${chosen(waiting, engine, slot)},
        leased as (${update(slot)})
        select sight.*, leased.* from sight left join leased on true`
    })
  const queries = new Map<number, ReturnType<typeof create>>()

  return async (request) => {
    const most = 2 ** Math.ceil(Math.log2(Math.max(request.limit, 1)))
    const query = queries.get(most) ?? create(most)
    queries.set(most, query)
    const { rows } = await kysely.executeQuery<SightRow & JobRow>(query(toValues(request)))
    const [first] = rows
    if (!first) throw new Error("Cannot take jobs: the database does not tell what there is")
    return { sight: toSight(first, request.now), rows: first.id === null ? [] : rows }
  }
}

/** In two statements: most looks find nothing to lease. */
function createInTurn({ kysely, engine }: Database): SeeAndLease {
  const look = createOften<Record<never, never>>(kysely, () => sql`select ${sightColumns}`)
  const lease = createOften<Values>(kysely, (slot) => {
    const waiting = sql`inlay_jobs where status = 'waiting' order by turn, id limit ${slot("limit")}`
    return sql`with ${chosen(waiting, engine, slot)} ${update(slot)}`
  })
  return async (request) => {
    const { rows: seen } = await kysely.executeQuery<SightRow>(look({}))
    const sight = toSight(seen[0] as SightRow, request.now)
    const isNext = request.limit > 0 && sight.isWaiting && !sight.isTimed && !sight.isRanked
    const { rows } = isNext ? await kysely.executeQuery<JobRow>(lease(toValues(request))) : { rows: [] }
    return { sight, rows }
  }
}

/** What is different each time. `rooms` is the JSON of organisations that have less room than `share`. */
type Values = Record<"limit" | "share" | "now" | "at" | "until", number> & Record<"rooms", string>
type Slot = (name: keyof Values) => RawBuilder<never>

function toValues({ limit, leaseMs, now, shares = { limit, held: new Map<string, number>() } }: TakeRequest): Values {
  const rooms = [...shares.held].map(([organisation, count]) => ({
    organisation,
    room: Math.max(0, shares.limit - count),
  }))
  return {
    limit: Math.max(0, limit),
    share: shares.limit,
    rooms: JSON.stringify(rooms),
    now,
    at: Math.round(now),
    until: Math.round(now + leaseMs),
  }
}

/** Common tables; `chosen` has the jobs of `waiting` that are within the shares. */
function chosen(waiting: RawBuilder<unknown>, engine: Database["engine"], slot: Slot): RawBuilder<unknown> {
  return sql`next as (select organisation, id, turn from ${waiting}),
    counted as (
      select organisation, id, row_number() over (partition by organisation order by turn, id) as nth from next
    ),
    chosen as (select organisation, id from counted where nth <= ${toRoom(engine, slot, sql`counted.organisation`)})`
}

/** How many more jobs an organisation may have. */
function toRoom({ given }: Database["engine"], slot: Slot, organisation: RawBuilder<unknown>): RawBuilder<unknown> {
  const rooms = given(slot("rooms"), { organisation: "text", room: "integer" })
  return sql`coalesce(
    (select room from ${rooms} where given.organisation = ${organisation}), cast(${slot("share")} as integer)
  )`
}

function update(slot: Slot): RawBuilder<unknown> {
  return sql`update inlay_jobs set
      status = 'running',
      token = inlay_jobs.token + 1,
      attempt = inlay_jobs.attempt + 1,
      lease_until = ${slot("until")},
      hastened_to = null,
      updated_at = ${slot("at")}
    from chosen where inlay_jobs.organisation = chosen.organisation and inlay_jobs.id = chosen.id
    returning ${leasedColumns}`
}
