import { type RawBuilder, sql, type Transaction } from "kysely"
import type { NewFiring, ScheduleMove } from "../../../../src/ports/trigger-storage.ts"
import type { SqlValue } from "../connection.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { toBePlanned } from "./declare.ts"
import type { InsertFirings } from "./insert-firings.ts"

/** Moves schedules on within a transaction; answers the moves that were made, with what they fired. */
export type Advance = (
  transaction: Transaction<Schema>,
  moves: readonly ScheduleMove[],
) => Promise<readonly ScheduleMove[]>

const row = (...types: readonly string[]): RawBuilder<unknown> =>
  sql`(${sql.join(types.map((type) => sql`cast(${null} as ${sql.raw(type)})`))})`

/** Makes what moves schedules on. */
export function createAdvance({ kysely, engine }: Database, insertFirings: InsertFirings): Advance {
  /** Those that are still where and as they were seen, and that nobody else is at. */
  const claim = createRowStatements((rows) =>
    sql`select organisation, id, last_job_id from inlay_triggers
    where (organisation, id, next_at, updated_at) in (values ${repeat(row("text", "text", "bigint", "bigint"), rows)})
      and status = 'active'${sql.raw(engine.skipLocked)}`.compile(kysely),
  )
  const unfinished = createRowStatements((rows) =>
    sql`select organisation, id from inlay_jobs
    where (organisation, id) in (values ${repeat(row("text", "text"), rows)})
      and status in ('delayed', 'held', 'waiting', 'running')`.compile(kysely),
  )
  const move = createRowStatements((rows) =>
    sql`with given (organisation, id, next_at, fired_at, job_id) as (
      values ${repeat(row("text", "text", "bigint", "bigint", "text"), rows)}
    )
    update inlay_triggers set
      next_at = given.next_at,
      last_fired_at = coalesce(given.fired_at, inlay_triggers.last_fired_at),
      last_job_id = coalesce(given.job_id, inlay_triggers.last_job_id)
    from given
    where inlay_triggers.organisation = given.organisation and inlay_triggers.id = given.id`.compile(kysely),
  )

  async function select<Found>(
    transaction: Transaction<Schema>,
    statements: typeof claim,
    rows: readonly (readonly SqlValue[])[],
  ): Promise<readonly Found[]> {
    const found: Found[] = []
    for (const query of statements(rows)) found.push(...(await transaction.executeQuery<Found>(query)).rows)
    return found
  }

  return async (transaction, moves) => {
    interface Claimed {
      readonly organisation: string
      readonly id: string
      readonly last_job_id: string | null
    }
    const wanted = moves.map(({ trigger, from }) => [
      trigger.organisation,
      trigger.id,
      from ?? toBePlanned,
      trigger.updatedAt,
    ])
    const claimed = await select<Claimed>(transaction, claim, wanted)
    if (claimed.length === 0) return []
    const lastJobs = new Map(claimed.map((found) => [keyOf(found), found.last_job_id]))
    const own = moves.filter(({ trigger }) => lastJobs.has(keyOf(trigger)))
    const waiting = own.flatMap(({ trigger, overlap }) => {
      const last = lastJobs.get(keyOf(trigger))
      return overlap === "skip" && last ? [[trigger.organisation, last]] : []
    })
    const open = new Set((await select<Claimed>(transaction, unfinished, waiting)).map(keyOf))
    const made = own.map((made) => {
      const isOpen = open.has(
        keyOf({ organisation: made.trigger.organisation, id: lastJobs.get(keyOf(made.trigger)) ?? "" }),
      )
      return made.overlap === "skip" ? { ...made, firings: withoutOverlap(made.firings, isOpen) } : made
    })
    await insertFirings(
      transaction,
      made.flatMap(({ firings }) => firings),
    )
    for (const query of move(made.map(toRow))) await transaction.executeQuery(query)
    return made
  }
}

/** Of several at once, the first keeps those after it from being called. */
function withoutOverlap(firings: readonly NewFiring[], isOpen: boolean): readonly NewFiring[] {
  let isTaken = isOpen
  return firings.map((entry) => {
    if (entry.job === null) return entry
    if (!isTaken) {
      isTaken = true
      return entry
    }
    const reason = "The call before it has not ended."
    return { firing: { ...entry.firing, outcome: "skipped", reason, jobId: null }, job: null }
  })
}

function toRow({ trigger, to, firings }: ScheduleMove): readonly SqlValue[] {
  const last = firings.findLast(({ job }) => job !== null)?.firing
  const firedAt = last ? Math.round(last.firedAt) : null
  return [trigger.organisation, trigger.id, to, firedAt, last?.jobId ?? null]
}

function keyOf({ organisation, id }: { readonly organisation: string; readonly id: string }): string {
  return `${organisation}/${id}`
}

function repeat(part: RawBuilder<unknown>, count: number): RawBuilder<unknown> {
  return sql.join(Array.from({ length: count }, () => part))
}
