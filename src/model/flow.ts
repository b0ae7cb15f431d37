import { z } from "zod"
import { readJson } from "../util/read-json.ts"

/** At most `limit` jobs of one key of an organisation wait for a worker or run at once; more are held. */
export interface Lane {
  readonly key: string
  readonly limit: number
}

/** At most `limit` jobs of one key of an organisation begin in each `periodMs`, evenly spread; more are held. */
export interface Throttle {
  readonly key: string
  readonly limit: number
  readonly periodMs: number
  /** How many may begin at once where none has for a while. */
  readonly burst: number
}

/**
 * Jobs of one key of an organisation are done as one: `batch` does the work of all, `debounce` that of the last alone.
 * Every one of them ends as the one ends that does it.
 */
export type Gathering =
  | {
      readonly mode: "batch"
      readonly key: string
      /** So many are not held any longer. */
      readonly maxSize: number
      /** How long the first of them is held at most. */
      readonly timeoutMs: number
    }
  | {
      readonly mode: "debounce"
      readonly key: string
      /** They are held until so long nothing came. */
      readonly periodMs: number
      /** How long the first of them is held at most; null for no end. */
      readonly timeoutMs: number | null
    }

/**
 * What a job passes when its time has come, before a worker may take it: it is gathered, then throttled, then it takes a
 * place in each of its lanes, the narrow ones first. Jobs that are tried again only take their places again.
 */
export interface Flow {
  readonly gathering: Gathering | null
  readonly throttle: Throttle | null
  readonly lanes: readonly Lane[]
}

/** One thing that a job passes. */
export type Gate =
  | { readonly type: "gathering"; readonly key: string; readonly gathering: Gathering }
  | { readonly type: "throttle"; readonly key: string; readonly throttle: Throttle }
  | { readonly type: "lane"; readonly key: string; readonly limit: number }

/** The gates of a flow, in the order in which they are passed; each has a key of its own. */
export function gatesOf({ gathering, throttle, lanes }: Flow): readonly Gate[] {
  return [
    ...(gathering ? [{ type: "gathering" as const, key: `gather:${gathering.key}`, gathering }] : []),
    ...(throttle ? [{ type: "throttle" as const, key: `throttle:${throttle.key}`, throttle }] : []),
    ...lanes.map(({ key, limit }) => ({ type: "lane" as const, key: `lane:${key}`, limit })),
  ]
}

/** How many gates a job keeps that is tried again: it takes its places anew, and nothing else. */
export function passedForGood({ gathering, throttle }: Flow): number {
  return (gathering ? 1 : 0) + (throttle ? 1 : 0)
}

const key = z.string()
const count = z.number().int().min(1)
const ms = z.number().positive()

const flowSchema: z.ZodType<Flow> = z.object({
  gathering: z
    .discriminatedUnion("mode", [
      z.object({ mode: z.literal("batch"), key, maxSize: count, timeoutMs: ms }),
      z.object({ mode: z.literal("debounce"), key, periodMs: ms, timeoutMs: ms.nullable() }),
    ])
    .nullable(),
  throttle: z.object({ key, limit: count, periodMs: ms, burst: count }).nullable(),
  lanes: z.array(z.object({ key, limit: count })),
})

/** A flow from JSON text; null where the text is none. */
export function readFlow(text: string): Flow | null {
  return flowSchema.safeParse(readJson(text, null)).data ?? null
}
