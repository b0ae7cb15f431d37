import { describe, expect, it } from "vitest"
import type { FunctionRecord } from "../../src/model/function.ts"
import type { FunctionStore } from "../../src/ports/storage.ts"
import { createRouting } from "../../src/service/routing.ts"

const recordAt = (path: string): FunctionRecord => ({
  id: "id",
  organisation: "a",
  name: "routed",
  description: null,
  activeVersion: 1,
  environment: {},
  triggers: [{ type: "http", path }],
  createdAt: 0,
  updatedAt: 0,
})

it("ends at what is stored, whichever reading of two changes answers first", async () => {
  let stored: FunctionRecord | null = recordAt("/old")
  const answers: (() => void)[] = []
  const store = {
    findById: () => {
      const seen = stored
      return new Promise<FunctionRecord | null>((resolve) => answers.push(() => resolve(seen)))
    },
  } as unknown as FunctionStore
  const triggers = { list: async () => ({ items: [], next: null }), listWebhooks: async () => [] }
  const routing = createRouting({ store, triggers, now: () => 0, onError: () => {} })

  const refresh = async (next: FunctionRecord | null) => {
    const first = routing.refresh("a", { kind: "function", id: "id" })
    await Promise.resolve()
    stored = next
    const second = routing.refresh("a", { kind: "function", id: "id" })
    // The later reading is answered first where both are under way.
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve()
      if (turn > 5) answers.pop()?.()
    }
    await Promise.all([first, second])
  }

  await refresh(recordAt("/new"))
  expect(routing.match("a", "GET", "/old")).toBeNull()
  expect(routing.match("a", "GET", "/new")).toMatchObject({ functionId: "id" })
  await refresh(null)
  expect(routing.match("a", "GET", "/new")).toBeNull()
})

describe("another process's routes", () => {
  let clock = 0
  let stored: FunctionRecord[] = []
  let failure: Error | null = null
  const failures: unknown[] = []
  const store = {
    listRouted: async () => {
      if (failure) throw failure
      return stored
    },
  } as unknown as FunctionStore
  const triggers = { list: async () => ({ items: [], next: null }), listWebhooks: async () => [] }

  async function open() {
    stored = [recordAt("/old")]
    const routing = createRouting({ store, triggers, now: () => clock, onError: (error) => failures.push(error) })
    await routing.load()
    stored = [recordAt("/new")]
    return routing
  }

  it.each([3_600_000, -3_600_000])("count before anything is matched after %d ms without a request", async (idleMs) => {
    const routing = await open()
    clock += idleMs
    await routing.follow()
    expect(routing.match("a", "GET", "/old")).toBeNull()
    expect(routing.match("a", "GET", "/new")).toMatchObject({ functionId: "id" })
  })

  it("are read again beside requests that come all the time", async () => {
    const routing = await open()
    clock += 1500
    await routing.follow()
    expect(routing.match("a", "GET", "/old")).toMatchObject({ functionId: "id" })
    await new Promise((resolve) => setImmediate(resolve))
    expect(routing.match("a", "GET", "/new")).toMatchObject({ functionId: "id" })
  })

  it("are those that are known while the database is away", async () => {
    const routing = await open()
    clock += 10_000
    failure = new Error("The database is away.")
    await routing.follow()
    expect(routing.match("a", "GET", "/old")).toMatchObject({ functionId: "id" })
    expect(failures).toEqual([failure])
    failure = null
    clock += 10_000
    await routing.follow()
    expect(routing.match("a", "GET", "/new")).toMatchObject({ functionId: "id" })
  })
})
