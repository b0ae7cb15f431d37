import { sql, type Transaction } from "kysely"
import type { TakeShares } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"

interface Waiting {
  readonly organisation: string
  readonly id: string
  readonly turn: number
}

/**
 * The next waiting jobs. The turns say which organisations come, and how often; which of an organisation's jobs take these
 * turns is a matter of their priority: a job that jumps the line gives its own turn to the one whose turn it takes, so a
 * priority never costs another organisation anything.
 */
export async function chooseWaiting(
  transaction: Transaction<Schema>,
  { engine }: Database,
  limit: number,
  shares: TakeShares | undefined,
): Promise<readonly Waiting[]> {
  if (limit <= 0) return []
  const turns = await selectTurns(transaction, engine.skipLocked, limit, shares)
  const chosen: Waiting[] = []
  const ranked = new Set(await findRanked(transaction, turns))
  const byOrganisation = groupByOrganisation(turns)
  for (const [organisation, slots] of byOrganisation) {
    if (!ranked.has(organisation)) {
      chosen.push(...slots)
      continue
    }
    const best = await selectBest(transaction, engine.skipLocked, organisation, slots.length)
    await exchangeTurns(transaction, slots, best)
    // The order of the turns is that of the organisations; who has them now is the best.
    for (const [index, slot] of slots.entries()) {
      const job = best[index]
      if (job) chosen.push({ ...job, turn: slot.turn })
    }
  }
  return chosen.sort((one, other) => one.turn - other.turn || (one.id < other.id ? -1 : 1))
}

/** The turns that come next, of no organisation more than its share. */
async function selectTurns(
  transaction: Transaction<Schema>,
  skipLocked: string,
  limit: number,
  shares: TakeShares | undefined,
): Promise<readonly Waiting[]> {
  const { rows } = await sql<Waiting>`
    select organisation, id, turn from inlay_jobs where status = 'waiting'
    order by turn, id limit ${limit}${sql.raw(skipLocked)}`.execute(transaction)
  if (!shares) return rows
  const left = new Map<string, number>()
  const roomOf = (organisation: string) =>
    left.get(organisation) ?? Math.max(0, shares.limit - (shares.held.get(organisation) ?? 0))
  const within = (row: Waiting) => {
    const room = roomOf(row.organisation)
    left.set(row.organisation, Math.max(0, room - 1))
    return room > 0
  }
  const turns = rows.filter(within)
  if (turns.length === rows.length) return turns
  // Whoever has its share would hide the others: these are looked up one by one.
  const seen = new Set(turns.map(({ id }) => id))
  const others: Waiting[] = []
  for (const organisation of await findWaiting(transaction)) {
    const room = Math.min(roomOf(organisation), limit - turns.length)
    if (room === 0) continue
    const { rows: more } = await sql<Waiting>`
      select organisation, id, turn from inlay_jobs where organisation = ${organisation} and status = 'waiting'
      order by turn limit ${room + seen.size}${sql.raw(skipLocked)}`.execute(transaction)
    others.push(...more.filter(({ id }) => !seen.has(id)).slice(0, room))
  }
  others.sort((one, other) => one.turn - other.turn)
  return [...turns, ...others.slice(0, limit - turns.length)]
}

/** Organisations that are looked at in one go. */
const maxOrganisations = 256

/** The organisations that have jobs waiting, found by one step in the index for each. */
export async function findWaiting(transaction: Database["kysely"] | Transaction<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ organisation: string }>`
    with recursive waiting (organisation, count) as (
      select (
        select organisation from inlay_jobs where status = 'waiting' and organisation > ''
        order by organisation limit 1
      ), 1
      union all
      select (
        select organisation from inlay_jobs where status = 'waiting' and organisation > waiting.organisation
        order by organisation limit 1
      ), waiting.count + 1
      from waiting where waiting.organisation is not null and waiting.count < ${maxOrganisations}
    )
    select organisation from waiting where organisation is not null`.execute(transaction)
  return rows.map(({ organisation }) => organisation)
}

function groupByOrganisation(turns: readonly Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>()
  for (const slot of turns) {
    const group = groups.get(slot.organisation)
    if (group) group.push(slot)
    else groups.set(slot.organisation, [slot])
  }
  return groups
}

/** Those of the organisations that have jobs whose priority is not the usual one. */
async function findRanked(transaction: Transaction<Schema>, turns: readonly Waiting[]): Promise<readonly string[]> {
  const organisations = [...new Set(turns.map(({ organisation }) => organisation))]
  if (organisations.length === 0) return []
  // One step in the index for each of them, however many such jobs it has.
  const { rows } = await sql<{ organisation: string }>`
    with given (organisation) as (values ${sql.join(organisations.map((organisation) => sql`(cast(${organisation} as text))`))})
    select organisation from given where (
      select 1 from inlay_jobs
      where inlay_jobs.organisation = given.organisation and status = 'waiting' and priority <> 0 limit 1
    ) = 1`.execute(transaction)
  return rows.map(({ organisation }) => organisation)
}

async function selectBest(
  transaction: Transaction<Schema>,
  skipLocked: string,
  organisation: string,
  count: number,
): Promise<readonly Waiting[]> {
  const best: Waiting[] = []
  for (const [condition, order] of [
    ["priority > 0 and priority <> 0", "priority desc, turn"],
    ["priority = 0", "turn"],
    ["priority < 0 and priority <> 0", "priority desc, turn"],
  ] as const) {
    if (best.length === count) break
    const { rows } = await sql<Waiting>`
      select organisation, id, turn from inlay_jobs
      where organisation = ${organisation} and status = 'waiting' and ${sql.raw(condition)}
      order by ${sql.raw(order)} limit ${count - best.length}${sql.raw(skipLocked)}`.execute(transaction)
    best.push(...rows)
  }
  return best
}

/** Those that were to come and do not get the turns of those that come in their place. */
async function exchangeTurns(
  transaction: Transaction<Schema>,
  slots: readonly Waiting[],
  best: readonly Waiting[],
): Promise<void> {
  const coming = new Set(best.map(({ id }) => id))
  const due = new Set(slots.map(({ id }) => id))
  const free = best.filter(({ id }) => !due.has(id))
  const passedOver = slots.filter(({ id }) => !coming.has(id))
  for (const [index, { organisation, id }] of passedOver.entries()) {
    const given = free[index]
    if (!given) return
    await transaction
      .updateTable("inlay_jobs")
      .set({ turn: given.turn })
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .execute()
  }
}
