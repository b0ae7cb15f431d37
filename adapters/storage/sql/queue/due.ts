import { type RawBuilder, sql, type Transaction } from "kysely"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"
import { bury } from "./bury.ts"
import { tryLanes } from "./lane-locks.ts"
import { type TravellerRow, toTraveller } from "./moves.ts"
import type { OpenPassage } from "./passage.ts"

/** Lanes that are looked at in one go. */
const maxLanes = 64

/** When to come again for lanes that another transaction holds. */
const busyMs = 50

/**
 * Lets go on what time alone has held back: jobs whose deadline is over, delayed jobs that are due, throttled ones, and
 * what was gathered. Lanes that another transaction holds are passed over. Answers when the next of these lanes is to be looked at, as far as it is known.
 */
export async function letGo(
  transaction: Transaction<Schema>,
  { engine }: Database,
  openPassage: OpenPassage,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<number | null> {
  const asked = new Set<string>()
  const busy = new Set<string>()

  /** Up to `count` of the rows, none of them for lanes that are busy. */
  async function select<Row extends { readonly organisation: string; readonly flow?: string | null }>(
    query: (notBusy: RawBuilder<unknown>) => RawBuilder<Row>,
    count: number,
  ): Promise<readonly Row[]> {
    for (;;) {
      const notBusy = busy.size === 0 ? sql`1 = 1` : sql`organisation not in (${sql.join([...busy])})`
      const { rows } = await query(notBusy).execute(transaction)
      const others = rows.filter(({ organisation, flow }) => flow !== null && !asked.has(organisation))
      const organisations = new Set(others.map(({ organisation }) => organisation))
      const held = await tryLanes(transaction, engine, organisations)
      for (const organisation of organisations) {
        asked.add(organisation)
        if (!held.has(organisation)) busy.add(organisation)
      }
      const free = rows.filter(({ organisation, flow }) => flow === null || !busy.has(organisation))
      // Where there were more rows than these, busy ones may have hidden others.
      if (free.length === rows.length || rows.length < count) return free
    }
  }

  const passage = openPassage(transaction, now)

  /** Has jobs begin their way, or leave it; those whose flow cannot be read end. */
  async function lead(rows: readonly TravellerRow[], way: "enter" | "hurry"): Promise<void> {
    const travellers = rows.map(toTraveller)
    await bury(
      transaction,
      rows.filter((_, index) => travellers[index] === null),
      now,
    )
    await passage[way](travellers.filter((traveller) => traveller !== null))
  }

  const overdue = await select(
    (notBusy) => sql<TravellerRow>`
      select organisation, id, weight, flow, passed from inlay_jobs
      where deadline_at < ${now} and status in ('delayed', 'held') and (flow is null or ${notBusy})
      order by deadline_at limit ${limit}${sql.raw(engine.skipLocked)}`,
    limit,
  )
  await lead(overdue, "hurry")
  const due = await select(
    (notBusy) => sql<TravellerRow>`
      select organisation, id, weight, flow, passed from inlay_jobs
      where status = 'delayed' and run_at <= ${now} and (flow is null or ${notBusy})
      order by run_at limit ${limit}${sql.raw(engine.skipLocked)}`,
    limit,
  )
  const lanes = await select(
    (notBusy) => sql<{ organisation: string; lane: string }>`
      select organisation, lane from inlay_lanes where next_at is not null and next_at <= ${now} and ${notBusy}
      order by next_at limit ${maxLanes}`,
    maxLanes,
  )
  await lead(due, "enter")
  for (const { organisation, lane } of lanes) await passage.release(organisation, lane, limit)
  const nextAt = await passage.close()
  return busy.size === 0 ? nextAt : Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + busyMs)
}
