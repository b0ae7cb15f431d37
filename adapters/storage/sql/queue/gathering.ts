import { sql, type Transaction } from "kysely"
import type { Gathering } from "../../../../src/model/flow.ts"
import type { Schema } from "../schema.ts"
import { bury } from "./bury.ts"
import { toHeld } from "./held.ts"
import type { LaneState } from "./lane-book.ts"
import type { Traveller, TravellerRow } from "./moves.ts"

/** Characters that the payloads of one batch have together, where there is more than one. */
const maxCharacters = 4_000_000

/** One more is gathered in a lane. */
export function joinGathering(state: LaneState, gathering: Gathering, now: number): void {
  state.taken += 1
  state.openedAt ??= now
  state.nextAt = dueAt(state, gathering, now)
}

/** One less is gathered in a lane. */
export function leaveGathering(state: LaneState, gathering: Gathering, now: number): void {
  state.taken = Math.max(0, state.taken - 1)
  if (state.taken === 0) Object.assign(state, { openedAt: null, nextAt: null })
  else if (gathering.mode === "batch") state.nextAt = dueAt(state, gathering, now)
}

/** When what is gathered goes on, where nothing comes from now on. */
function dueAt({ taken, openedAt }: LaneState, gathering: Gathering, now: number): number | null {
  if (taken === 0) return null
  const end = gathering.timeoutMs === null ? Number.POSITIVE_INFINITY : (openedAt ?? now) + gathering.timeoutMs
  if (gathering.mode === "debounce") return Math.min(now + gathering.periodMs, end)
  return taken >= gathering.maxSize ? now : end
}

interface Gathered {
  readonly organisation: string
  readonly lane: string
  readonly gathering: Gathering
  readonly state: LaneState
  readonly now: number
  /** Batches at most. */
  readonly limit: number
}

/** Gathers what a lane holds and is due; answers those that do the work of the others. They are past no gate yet. */
export async function gather(transaction: Transaction<Schema>, gathered: Gathered): Promise<readonly Traveller[]> {
  const { gathering, state, now, limit } = gathered
  if (gathering.mode === "debounce") {
    const leader = await gatherIntoLast(transaction, gathered)
    Object.assign(state, { taken: 0, openedAt: null, nextAt: null })
    return leader
  }
  const leaders: Traveller[] = []
  let isDue = (state.nextAt ?? now) <= now
  while (isDue && leaders.length < limit) {
    const { leader, size } = await gatherBatch(transaction, gathered, gathering.maxSize)
    if (size === 0) {
      Object.assign(state, { taken: 0, openedAt: null, nextAt: null })
      break
    }
    if (leader) leaders.push(leader)
    state.taken = Math.max(0, state.taken - size)
    // Where there are enough for a batch, that does not matter.
    state.openedAt = state.taken < gathering.maxSize ? await findOpening(transaction, gathered) : now
    state.nextAt = dueAt(state, gathering, now)
    isDue = state.nextAt !== null && state.nextAt <= now
  }
  return leaders
}

/** Since when those wait that are left: they are not to wait anew for what went before them. */
async function findOpening(
  transaction: Transaction<Schema>,
  { organisation, lane, now }: Gathered,
): Promise<number | null> {
  const { rows } = await sql<{ at: number | string | bigint | null }>`
    select min(run_at) as at from inlay_jobs
    where organisation = ${organisation} and lane = ${lane} and status = 'held'`.execute(transaction)
  const at = rows[0]?.at
  return at == null ? null : Math.min(now, Number(at))
}

/** The first of them leads. `size` is how many the lane holds no more; without a leader, the one that should have led has ended. */
async function gatherBatch(
  transaction: Transaction<Schema>,
  { organisation, lane, now }: Gathered,
  maxSize: number,
): Promise<{ readonly leader: Traveller | null; readonly size: number }> {
  const { rows } = await sql<TravellerRow & { readonly size: number }>`
    select organisation, id, weight, flow, passed, length(payload) as size from inlay_jobs
    where organisation = ${organisation} and lane = ${lane} and status = 'held'
    order by priority desc, id limit ${maxSize}`.execute(transaction)
  let characters = 0
  const fitting = rows.filter(({ size }, index) => {
    characters += Number(size)
    return index === 0 || characters <= maxCharacters
  })
  const [first] = fitting
  const leader = first ? toHeld(first, lane) : null
  if (!leader) {
    if (first) await bury(transaction, [first], now)
    return { leader, size: first ? 1 : 0 }
  }
  // The lane holds none of them any more: the next batch is made of others.
  const ids = sql.join(fitting.map(({ id }) => id))
  await sql`update inlay_jobs set leader_id = case when id = ${leader.id} then null else ${leader.id} end, lane = null
    where organisation = ${organisation} and id in (${ids})`.execute(transaction)
  return { leader, size: fitting.length }
}

/** The last of them leads, and the others follow it. */
async function gatherIntoLast(
  transaction: Transaction<Schema>,
  { organisation, lane, now }: Gathered,
): Promise<readonly Traveller[]> {
  for (;;) {
    const { rows } = await sql<TravellerRow>`
      select organisation, id, weight, flow, passed from inlay_jobs
      where organisation = ${organisation} and id = (
        select max(id) from inlay_jobs where organisation = ${organisation} and lane = ${lane} and status = 'held'
      )`.execute(transaction)
    const [last] = rows
    if (!last) return []
    const leader = toHeld(last, lane)
    if (leader) {
      await sql`update inlay_jobs set leader_id = ${leader.id}, lane = null
        where organisation = ${organisation} and lane = ${lane} and status = 'held' and id <> ${leader.id}`.execute(
        transaction,
      )
      return [leader]
    }
    await bury(transaction, [last], now)
  }
}
