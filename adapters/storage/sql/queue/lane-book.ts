import type { Transaction } from "kysely"
import type { Schema } from "../schema.ts"

/** What is known of a lane; whoever has the book open may change it. */
export interface LaneState {
  /** Places that jobs have, or jobs that are being gathered. */
  taken: number
  places: number
  /** The time up to which a throttle has given its starts away: the theoretical arrival time of the rate algorithm. */
  pacedTo: number
  /** Since when jobs are being gathered. */
  openedAt: number | null
  /** When time lets something go on. */
  nextAt: number | null
}

/** The lanes of organisations. */
export interface LaneBook {
  open(organisation: string, key: string): Promise<LaneState>
  /** Writes down what has changed, and forgets lanes that are empty; answers the soonest `nextAt` of the opened ones. */
  save(): Promise<number | null>
}

const empty: LaneState = { taken: 0, places: 0, pacedTo: 0, openedAt: null, nextAt: null }

/** Opens the book; what is opened in it is to be held (`lane-locks.ts`). */
export function openLaneBook(transaction: Transaction<Schema>): LaneBook {
  const lanes = new Map<string, { organisation: string; key: string; known: LaneState | null; state: LaneState }>()

  return {
    async open(organisation, key) {
      const name = `${organisation.length}:${organisation}${key}`
      const opened = lanes.get(name)
      if (opened) return opened.state
      const row = await transaction
        .selectFrom("inlay_lanes")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("lane", "=", key)
        .executeTakeFirst()
      const known: LaneState | null = row
        ? {
            taken: row.taken,
            places: row.places,
            pacedTo: Number(row.paced_to),
            openedAt: toTime(row.opened_at),
            nextAt: toTime(row.next_at),
          }
        : null
      const state = { ...(known ?? empty) }
      lanes.set(name, { organisation, key, known, state })
      return state
    },

    async save() {
      let nextAt: number | null = null
      for (const { organisation, key, known, state } of lanes.values()) {
        if (state.nextAt !== null) nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, state.nextAt)
        const isEmpty = state.taken === 0 && state.nextAt === null
        if (isEmpty) {
          if (known) await remove(organisation, key)
        } else if (!isSame(known, state)) await write(organisation, key, state)
      }
      return nextAt
    },
  }

  async function write(organisation: string, lane: string, state: LaneState): Promise<void> {
    const { taken, places, pacedTo, openedAt, nextAt } = state
    const columns = {
      taken,
      places,
      paced_to: Math.ceil(pacedTo),
      opened_at: openedAt === null ? null : Math.round(openedAt),
      next_at: nextAt === null ? null : Math.ceil(nextAt),
    }
    await transaction
      .insertInto("inlay_lanes")
      .values({ organisation, lane, ...columns })
      .onConflict((conflict) => conflict.columns(["organisation", "lane"]).doUpdateSet(columns))
      .execute()
  }

  async function remove(organisation: string, lane: string): Promise<void> {
    await transaction
      .deleteFrom("inlay_lanes")
      .where("organisation", "=", organisation)
      .where("lane", "=", lane)
      .execute()
  }
}

function toTime(value: number | string | bigint | null): number | null {
  return value === null ? null : Number(value)
}

function isSame(one: LaneState | null, other: LaneState): boolean {
  return one !== null && (Object.keys(empty) as (keyof LaneState)[]).every((key) => one[key] === other[key])
}
