import { type Selectable, sql } from "kysely"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"

type TriggerRow = Selectable<Schema["inlay_triggers"]>

const isPlanned = sql`status = 'active' and next_at is not null`

/**
 * Schedules that are due: the first of each organisation before the second of any. However many there are, an organisation's
 * are read up to its share alone, which grows where others do not use theirs; and one more step in the index is taken for each
 * organisation that has schedules.
 */
export async function selectInTurns(
  kysely: Database["kysely"],
  limit: number,
  now: number,
): Promise<readonly TriggerRow[]> {
  const at = Math.round(now)
  const found = new Map<string, TriggerRow[]>()
  let asked = await findDue(kysely, limit, at)
  let left = limit
  let share = 0
  while (asked.length > 0 && left > 0) {
    share += Math.ceil(left / asked.length)
    for (const organisation of asked) found.set(organisation, [])
    for (const row of await readShares(kysely, asked, share, at)) found.get(row.organisation)?.push(row)
    left = limit - [...found.values()].reduce((sum, rows) => sum + rows.length, 0)
    asked = asked.filter((organisation) => found.get(organisation)?.length === share)
  }
  return inTurns([...found.values()].flat()).slice(0, limit)
}

/** The first that are due of each of the organisations. */
async function readShares(
  kysely: Database["kysely"],
  organisations: readonly string[],
  share: number,
  at: number,
): Promise<readonly TriggerRow[]> {
  const parts = organisations.map(
    (organisation) => sql`select * from (
      select * from inlay_triggers where organisation = ${organisation} and ${isPlanned} and next_at <= ${at}
      order by next_at, id limit ${share}
    ) as due`,
  )
  const { rows } = await sql<TriggerRow>`${sql.join(parts, sql` union all `)}`.execute(kysely)
  return rows
}

/** The organisations that have something due, those first that have waited longest. */
async function findDue(kysely: Database["kysely"], limit: number, at: number): Promise<readonly string[]> {
  const next = (after: ReturnType<typeof sql>) => sql`(
    select organisation from inlay_triggers where ${isPlanned} and organisation > ${after} order by organisation limit 1
  )`
  const { rows } = await sql<{ organisation: string }>`
    with recursive scheduled (organisation) as (
      select ${next(sql`''`)}
      union all
      select ${next(sql`scheduled.organisation`)} from scheduled where scheduled.organisation is not null
    ), firsts (organisation, next_at) as (
      select organisation, (
        select min(next_at) from inlay_triggers where ${isPlanned} and organisation = scheduled.organisation
      ) from scheduled where organisation is not null
    )
    select organisation from firsts where next_at <= ${at} order by next_at, organisation limit ${limit}`.execute(
    kysely,
  )
  return rows.map(({ organisation }) => organisation)
}

function inTurns(rows: readonly TriggerRow[]): readonly TriggerRow[] {
  const byTime = [...rows].sort(
    (one, other) => Number(one.next_at) - Number(other.next_at) || (one.id < other.id ? -1 : 1),
  )
  const counts = new Map<string, number>()
  const placed = byTime.map((row) => {
    const place = counts.get(row.organisation) ?? 0
    counts.set(row.organisation, place + 1)
    return { row, place }
  })
  return placed.sort((one, other) => one.place - other.place).map(({ row }) => row)
}
