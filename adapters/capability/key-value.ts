import stableStringify from "fast-json-stable-stringify"
import { z } from "zod"
import { CapabilityError } from "../../src/errors/capability-error.ts"
import { type Capability, defineCapabilityMethod } from "../../src/ports/capability.ts"
import type { KeyValueStore } from "../../src/ports/capability-storage.ts"
import { jsonSchema, nameSchema, pageFields, prefixSchema, toPageRequest } from "./names.ts"

const sweepEveryMs = 60_000
const sweptAtOnce = 1000
const key = nameSchema()
/** Seconds, at most ten years. */
const ttl = z.number().positive().max(315_360_000).optional()

/** `kv`: values under keys, with a time to live and changes in one step. */
export function createKeyValueCapability(store: KeyValueStore, now: () => number): Capability {
  let sweptAt = now()

  function toChange(value: unknown, seconds: number | undefined) {
    return { json: stableStringify(value), expiresAt: toExpiry(seconds), now: now() }
  }

  function toExpiry(seconds: number | undefined): number | null {
    return seconds === undefined ? null : Math.ceil(now() + seconds * 1000)
  }

  /** Values whose time has come count as absent anyway: this only gives their room back. */
  async function sweep(): Promise<void> {
    if (now() - sweptAt < sweepEveryMs) return
    sweptAt = now()
    await store.removeExpired(sweptAt, sweptAtOnce)
  }

  return {
    description: "Values under keys, shared by all functions of the organisation.",
    methods: {
      get: defineCapabilityMethod({
        input: z.object({ key }),
        async handle(input, { organisation }) {
          const entry = await store.find(organisation, input.key, now())
          return entry && JSON.parse(entry.json)
        },
      }),
      set: defineCapabilityMethod({
        input: z.object({ key, value: jsonSchema, ttl }),
        async handle(input, { organisation }) {
          await sweep()
          await store.set(organisation, input.key, toChange(input.value, input.ttl))
        },
      }),
      delete: defineCapabilityMethod({
        input: z.object({ key }),
        output: z.boolean(),
        handle: (input, { organisation }) => store.remove(organisation, input.key, now()),
      }),
      list: defineCapabilityMethod({
        input: z.object({ prefix: prefixSchema, ...pageFields }),
        async handle({ prefix, ...page }, { organisation }) {
          const { items, next } = await store.list(organisation, prefix, toPageRequest(page), now())
          return { items: items.map((entry) => ({ key: entry.key, value: JSON.parse(entry.json) })), next }
        },
      }),
      increment: defineCapabilityMethod({
        input: z.object({ key, by: z.int(), ttl }),
        output: z.number(),
        async handle(input, { organisation }) {
          await sweep()
          const change = { by: input.by, expiresAt: toExpiry(input.ttl), now: now() }
          const sum = await store.increment(organisation, input.key, change)
          if (sum !== null) return sum
          const reason = "its value is no whole number, or the sum is beyond 2^53"
          throw new CapabilityError("NOT_A_NUMBER", `Cannot increment "${input.key}": ${reason}.`)
        },
      }),
      compareAndSet: defineCapabilityMethod({
        input: z.object({ key, expected: jsonSchema, value: jsonSchema, ttl }),
        output: z.boolean(),
        handle(input, { organisation }) {
          const expected = input.expected === null ? null : stableStringify(input.expected)
          return store.compareAndSet(organisation, input.key, expected, toChange(input.value, input.ttl))
        },
      }),
    },
  }
}
