import { sql, type Transaction } from "kysely"
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
export async function chooseByPriority(
  transaction: Transaction<Schema>,
  { engine }: Database,
  limit: number,
): Promise<readonly Waiting[]> {
  if (limit <= 0) return []
  const skipLocked = sql.raw(engine.skipLocked)
  const { rows: turns } = await sql<Waiting>`
    select organisation, id, turn from inlay_jobs where status = 'waiting'
    order by turn, id limit ${limit}${skipLocked}`.execute(transaction)
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
  const { rows } = await sql<{ organisation: string }>`
    select distinct organisation from inlay_jobs
    where status = 'waiting' and priority <> 0 and organisation in (${sql.join(organisations)})`.execute(transaction)
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
