import { sql, type Transaction } from "kysely"
import { type Flow, readFlow } from "../../../../src/model/flow.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { giveTurns } from "./places.ts"

/** A job on its way to the workers. */
export interface Traveller {
  readonly organisation: string
  readonly id: string
  readonly weight: number
  readonly flow: Flow | null
  /** How many of its gates are behind it. */
  readonly passed: number
}

/** A traveller as its row has it. */
export interface TravellerRow extends Omit<Traveller, "flow"> {
  readonly flow: string | null
}

/** The traveller of a row; null where its flow cannot be read. */
export function toTraveller({ organisation, id, weight, flow, passed }: TravellerRow): Traveller | null {
  const read = flow === null ? null : readFlow(flow)
  return flow !== null && read === null ? null : { organisation, id, weight, flow: read, passed }
}

/** How far a job has come: held at a gate, whose lane is named, or waiting for a worker. */
export interface Move {
  readonly traveller: Traveller
  readonly passed: number
  readonly lane: string | null
}

/** Writes moves down; those that wait for a worker get their turns. */
export type WriteMoves = (transaction: Transaction<Schema>, moves: readonly Move[]) => Promise<void>

/** Makes what writes moves down. */
export function createWriteMoves({ kysely }: Database): WriteMoves {
  const types = ["text", "text", "text", "text", "integer", "double precision"]
  const row = sql`(${sql.join(types.map((type) => sql`cast(${null} as ${sql.raw(type)})`))})`
  const statements = createRowStatements((rows) =>
    sql`with given (organisation, id, status, lane, passed, turn) as (
      values ${sql.join(Array.from({ length: rows }, () => row))}
    )
    update inlay_jobs set status = given.status, lane = given.lane, passed = given.passed, turn = given.turn
    from given where inlay_jobs.organisation = given.organisation and inlay_jobs.id = given.id`.compile(kysely),
  )
  return async (transaction, moves) => {
    const waiting = moves.filter(({ lane }) => lane === null)
    const given = await giveTurns(
      transaction,
      waiting.map(({ traveller }) => traveller),
    )
    const turns = new Map(waiting.map((move, index) => [move, given[index] ?? 0]))
    const rows = moves.map((move) => {
      const { organisation, id } = move.traveller
      return [organisation, id, move.lane === null ? "waiting" : "held", move.lane, move.passed, turns.get(move) ?? 0]
    })
    for (const query of statements(rows)) await transaction.executeQuery(query)
  }
}
