import { sql, type Transaction } from "kysely"
import { type Flow, type Gate, gatesOf, type Throttle } from "../../../../src/model/flow.ts"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"
import { countPlaces } from "./count-places.ts"
import { gather, joinGathering, leaveGathering } from "./gathering.ts"
import { selectHeld } from "./held.ts"
import { type LaneBook, type LaneState, openLaneBook } from "./lane-book.ts"
import { createWriteMoves, type Move, type Traveller } from "./moves.ts"

/**
 * The way of jobs through their gates, within one transaction, which holds the lanes of their organisations
 * (`lane-locks.ts`).
 */
export interface Passage {
  /** Moves jobs whose time has come as far as they get. */
  enter(travellers: readonly Traveller[]): Promise<void>
  /** Moves jobs past all their gates, full or not: of these a worker only says that they came to nothing. */
  hurry(travellers: readonly Traveller[]): Promise<void>
  /** Gives back the places that a job has, and lets held ones take them when the passage is closed. */
  leave(job: Leaving): Promise<void>
  /** Has jobs that were gathered into one that does not do them be gathered anew. */
  regather(organisation: string, leaderId: string, flow: Flow): Promise<void>
  /** Counts the places of an organisation's lanes anew: nobody knows which ones a job had whose flow cannot be read. */
  recount(organisation: string): Promise<void>
  /** Lets go on what time alone holds in a lane: at most `limit` jobs. */
  release(organisation: string, lane: string, limit: number): Promise<void>
  /** Writes the lanes down; answers when time lets the next of their jobs go on. */
  close(): Promise<number | null>
}

/** A job that ends, or begins anew. */
export type Leaving = Pick<Traveller, "organisation" | "flow" | "passed"> & {
  /** Where it was held. */
  readonly lane: string | null
}

/** Opens a passage. */
export type OpenPassage = (transaction: Transaction<Schema>, now: number) => Passage

/** Makes what opens passages. */
export function createPassages(database: Database): OpenPassage {
  const writeMoves = createWriteMoves(database)
  return (transaction, now) => {
    const book = openLaneBook(transaction)
    const freed = new Map<string, { organisation: string; key: string }>()

    async function advance(traveller: Traveller): Promise<Move> {
      const gates = traveller.flow ? gatesOf(traveller.flow) : []
      let { passed } = traveller
      for (let gate = gates[passed]; gate; gate = gates[++passed]) {
        if (!(await tryGate(book, traveller.organisation, gate, now))) return { traveller, passed, lane: gate.key }
      }
      return { traveller, passed, lane: null }
    }

    async function go(travellers: readonly Traveller[]): Promise<void> {
      const moves: Move[] = []
      for (const traveller of travellers) moves.push(await advance(traveller))
      await writeMoves(transaction, moves)
    }

    /** Past the gate that holds them. */
    const goOn = (held: readonly Traveller[]) => go(held.map((one) => ({ ...one, passed: one.passed + 1 })))

    async function recount(organisation: string): Promise<void> {
      for (const [key, taken] of await countPlaces(transaction, organisation)) {
        const state = await book.open(organisation, key)
        state.taken = taken
        const name = `${organisation} ${key}`
        // A lane that was looked at already is looked at again.
        freed.delete(name)
        freed.set(name, { organisation, key })
      }
    }

    return {
      enter: go,

      async hurry(travellers) {
        const moves: Move[] = []
        for (const traveller of travellers) {
          const gates = traveller.flow ? gatesOf(traveller.flow) : []
          for (const gate of gates.slice(traveller.passed)) {
            // Each gives its places back when it ends, as others do.
            if (gate.type === "lane") (await book.open(traveller.organisation, gate.key)).taken += 1
          }
          moves.push({ traveller, passed: gates.length, lane: null })
        }
        await writeMoves(transaction, moves)
      },

      async leave({ organisation, flow, passed, lane }) {
        const gates = flow ? gatesOf(flow) : []
        for (const [index, gate] of gates.entries()) {
          const state = await book.open(organisation, gate.key)
          if (gate.type === "lane" && index < passed) {
            state.taken = Math.max(0, state.taken - 1)
            freed.set(`${organisation} ${gate.key}`, { organisation, key: gate.key })
          }
          if (gate.type === "gathering" && gate.key === lane) leaveGathering(state, gate.gathering, now)
        }
      },

      async regather(organisation, leaderId, flow) {
        const [gate] = gatesOf(flow)
        if (gate?.type !== "gathering") return
        const { rows } = await sql<{ id: string }>`
          update inlay_jobs set leader_id = null, lane = ${gate.key}
          where organisation = ${organisation} and leader_id = ${leaderId} and leader_id is not null and status = 'held'
          returning id`.execute(transaction)
        if (rows.length === 0) return
        const state = await book.open(organisation, gate.key)
        Object.assign(state, { taken: state.taken + rows.length, openedAt: state.openedAt ?? now, nextAt: now })
      },

      recount,

      async release(organisation, lane, limit) {
        const state = await book.open(organisation, lane)
        // Another worker was here.
        if (state.nextAt === null || state.nextAt > now) return
        const { travellers, buried } = await selectHeld(transaction, organisation, lane, 1, now)
        const [head] = travellers
        const gate = head?.flow && gatesOf(head.flow)[head.passed]
        if (!gate) {
          // A throttle that holds nobody still counts until what it let through is over.
          Object.assign(state, { taken: 0, openedAt: null, nextAt: state.pacedTo > now ? state.pacedTo : null })
        } else if (gate.type === "throttle") {
          const most = Math.min(limit, gate.throttle.burst) + 1
          const { travellers: held } = await selectHeld(transaction, organisation, lane, most, now)
          const count = pace(state, gate.throttle, Math.min(held.length, limit), now)
          state.nextAt = count < held.length ? earliest(state, gate.throttle, now) : state.pacedTo
          await goOn(held.slice(0, count))
        } else if (gate.type === "gathering") {
          state.taken = Math.max(0, state.taken - buried)
          await goOn(await gather(transaction, { organisation, lane, gathering: gate.gathering, state, now, limit }))
        }
      },

      async close() {
        for (const { organisation, key } of freed.values()) {
          const state = await book.open(organisation, key)
          const room = state.places - state.taken
          if (room <= 0) continue
          const { travellers, buried } = await selectHeld(transaction, organisation, key, room, now)
          if (buried > 0) {
            await recount(organisation)
            continue
          }
          state.taken += travellers.length
          await goOn(travellers)
        }
        return await book.save()
      },
    }
  }
}

/** Whether a job passes; where it does not, the lane knows that there is one more. */
async function tryGate(book: LaneBook, organisation: string, gate: Gate, now: number): Promise<boolean> {
  const state = await book.open(organisation, gate.key)
  if (gate.type === "gathering") joinGathering(state, gate.gathering, now)
  // Not even the first passes by itself: what was let through while no worker is there would begin all at once.
  if (gate.type === "throttle") {
    state.nextAt = Math.min(state.nextAt ?? Number.POSITIVE_INFINITY, earliest(state, gate.throttle, now))
  }
  if (gate.type !== "lane") return false
  state.places = gate.limit
  if (state.taken >= gate.limit) return false
  state.taken += 1
  return true
}

/** Lets up to `count` begin now; answers how many. This is the generic cell rate algorithm (ITU-T I.371). */
function pace(state: LaneState, throttle: Throttle, count: number, now: number): number {
  let begun = 0
  while (begun < count && earliest(state, throttle, now) <= now) {
    state.pacedTo = Math.max(state.pacedTo, now) + throttle.periodMs / throttle.limit
    begun += 1
  }
  return begun
}

function earliest({ pacedTo }: LaneState, { limit, periodMs, burst }: Throttle, now: number): number {
  return Math.max(now, pacedTo - ((burst - 1) * periodMs) / limit)
}
