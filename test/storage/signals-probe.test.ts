import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { createPostgresSignals, type ListeningClient } from "../../adapters/storage/postgres/signals.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it("processes hear of one another though every connection was in use when they began to listen", async () => {
  const heard: ((message: { readonly payload?: string }) => void)[] = []
  const client = {
    query: async () => ({ rows: [{ channel: "inlay_1" }] }),
    on: (event: string, listener: (message: { readonly payload?: string }) => void) => {
      if (event === "notification") heard.push(listener)
    },
    end: async () => {},
  } as unknown as ListeningClient
  const warnings: string[] = []
  const told: unknown[] = []
  const signals = createPostgresSignals({
    connect: async () => client,
    async query(_, [, payload = ""]) {
      // So long it waits for a connection of the pool.
      await new Promise((resolve) => setTimeout(resolve, 5000))
      for (const listener of heard) listener({ payload })
    },
  })
  signals.open((message) => warnings.push(message))
  signals.listen((news) => told.push(news))
  await vi.advanceTimersByTimeAsync(10_000)
  expect([warnings, told]).toEqual([[], [{ work: true, ended: [] }]])
  await signals.close()
})

/** A connection that hears what it is told by `say`. */
function createClient(query: (text: string, values: unknown[]) => Promise<unknown>) {
  const heard: ((message: { readonly payload?: string }) => void)[] = []
  let ends = 0
  const client = {
    query,
    on: (event: string, listener: (message: { readonly payload?: string }) => void) => {
      if (event === "notification") heard.push(listener)
    },
    end: async () => void ends++,
  } as unknown as ListeningClient
  const say = (payload: string) => {
    for (const listener of heard) listener({ payload })
  }
  return { client, say, ends: () => ends }
}

const named = async () => ({ rows: [{ channel: "inlay_1" }] })

it("processes try again to hear of one another, later each time, and warn of it once", async () => {
  let isThrough = false
  const connectedAt: number[] = []
  const { client, say } = createClient(named)
  const warnings: string[] = []
  const told: unknown[] = []
  const signals = createPostgresSignals({
    connect: async () => {
      connectedAt.push(Date.now())
      return client
    },
    query: async (_, [, payload = ""]) => {
      if (isThrough) say(payload)
    },
    deafMs: 60_000,
  })
  signals.open((message) => warnings.push(message))
  signals.listen((news) => told.push(news))
  await vi.advanceTimersByTimeAsync(20 * 3_600_000)
  const pauses = connectedAt.slice(1).map((at, index) => Math.round((at - (connectedAt[index] ?? 0) - 2000) / 60_000))
  expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  expect([warnings.length, told]).toEqual([1, []])
  isThrough = true
  await vi.advanceTimersByTimeAsync(3_700_000)
  expect([warnings.length, told]).toEqual([1, [{ work: true, ended: [] }]])
  await signals.close()
})

it("a connection whose other end is gone is given up, and what could not be told is not kept without end", async () => {
  const sent: string[] = []
  let isGone = true
  const opened: ReturnType<typeof createClient>[] = []
  const signals = createPostgresSignals({
    connect: async () => {
      const one = createClient((text, [, payload]) => {
        if (!text.includes("pg_notify")) return named()
        if (isGone) return new Promise(() => {})
        sent.push(String(payload))
        return named()
      })
      opened.push(one)
      return one.client
    },
    query: async (_, [, payload = ""]) => opened.at(-1)?.say(payload),
  })
  signals.listen(() => {})
  await vi.advanceTimersByTimeAsync(10)
  for (let id = 0; id < 5000; id++) signals.send({ work: false, ended: [["o", `${id}`]] })
  await vi.advanceTimersByTimeAsync(9000)
  expect(opened).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(3000)
  expect([opened.length, opened[0]?.ends()]).toEqual([2, 1])
  await signals.close()

  isGone = false
  const other = createPostgresSignals({
    connect: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const one = createClient(async (text, [, payload]) => {
        if (text.includes("pg_notify")) sent.push(String(payload))
        return await named()
      })
      opened.push(one)
      return one.client
    },
    query: async (_, [, payload = ""]) => opened.at(-1)?.say(payload),
  })
  other.listen(() => {})
  for (let id = 0; id < 5000; id++) other.send({ work: false, ended: [["o", `${id}`]] })
  await vi.advanceTimersByTimeAsync(2000)
  const ids = sent.flatMap((payload) => payload.split("\n").slice(2))
  expect([ids.length, ids.at(-1)]).toEqual([1000, "o/4999"])
  await other.close()
})

it("closing does not wait for the goodbye of one that does not answer", async () => {
  const { client } = createClient(named)
  const heard = { ...client, end: () => new Promise<void>(() => {}) } as ListeningClient
  const signals = createPostgresSignals({ connect: async () => heard, query: async () => {} })
  signals.listen(() => {})
  await vi.advanceTimersByTimeAsync(10)
  const closed = signals.close()
  await vi.advanceTimersByTimeAsync(1000)
  await closed
})
