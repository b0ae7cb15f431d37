import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import type { FunctionStore, Storage } from "../../src/ports/storage.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { rejectionOf } from "./service.ts"

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const answering = (word: string) => `export default () => ${JSON.stringify(word)}`

type Reading = "findById" | "findByName" | "findVersion" | "findBundle"
type Before = (reading: Reading) => Promise<void> | void

let storage: Storage
let functions: FunctionsService
let before: Before = () => {}
let time = Date.UTC(2030, 0, 1)
const failures: unknown[] = []
const read: Reading[] = []

function watched(store: FunctionStore): FunctionStore {
  const watch =
    <Arguments extends unknown[], Result>(reading: Reading, work: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments) => {
      read.push(reading)
      // What was read before the hold is what a slow connection delivers after it.
      const result = await work(...args)
      await before(reading)
      return result
    }
  return {
    ...store,
    findById: watch("findById", store.findById),
    findByName: watch("findByName", store.findByName),
    findVersion: watch("findVersion", store.findVersion),
    findBundle: watch("findBundle", store.findBundle),
  }
}

beforeAll(async () => {
  storage = await openMemoryStorage()
  functions = await createFunctions({
    storage: { ...storage, functions: watched(storage.functions) },
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
    now: () => time,
    onError: (error, context) => failures.push([error, context]),
  })
})

afterAll(() => functions.close({ graceMs: 0 }))

/** Holds the next reading of this kind after it has its answer, until it is let go. */
function holdNext(wanted: Reading): { readonly held: Promise<void>; release(): void } {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const held = new Promise<void>((resolve) => {
    before = (reading) => {
      if (reading !== wanted) return
      before = () => {}
      resolve()
      return gate
    }
  })
  return { held, release: () => release() }
}

/** Deploys a function of which nothing is known: what deploying itself has read of it is forgotten with the next deploy. */
async function deployUnread(name: string, source: string): Promise<void> {
  await functions.deploy({ name, source })
  await functions.deploy({ name: "next", source: answering(name) })
  await functions.health.ready()
}

describe("looking up a name", () => {
  it("asks the storage once for calls that come at once", async () => {
    await deployUnread("crowded", answering("here"))
    read.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, () => functions.invoke("crowded")))
    expect([new Set(answers), read]).toEqual([new Set(["here"]), ["findByName", "findVersion", "findBundle"]])
  })

  it.each(["findByName", "findVersion", "findBundle"] as const)(
    "does not keep what was read before a deploy, with %s held up over it",
    async (reading) => {
      const name = `raced_${reading}`
      await deployUnread(name, answering("old"))
      const hold = holdNext(reading)
      const racing = functions.invoke(name)
      await hold.held
      await functions.deploy({ name, source: answering("new") })
      hold.release()
      await racing
      expect(await functions.invoke(name)).toBe("new")
      expect(await functions.invoke(name)).toBe("new")
    },
  )

  it("keeps what it knows while the storage fails, and tells of it", async () => {
    await functions.deploy({ name: "steady", source: answering("steady") })
    await functions.deploy({ name: "other", source: answering("other") })
    expect([await functions.invoke("steady"), await functions.invoke("other")]).toEqual(["steady", "other"])
    const down = new Error("The database is away.")
    before = () => {
      throw down
    }
    try {
      time += 5000
      for (let count = 0; count < 2; count++) {
        expect([await functions.invoke("steady"), await functions.invoke("other")]).toEqual(["steady", "other"])
      }
    } finally {
      before = () => {}
    }
    expect(failures).toEqual([
      [down, { stage: "lookup" }],
      [down, { stage: "lookup" }],
    ])
    expect(await functions.invoke("steady")).toBe("steady")
  })

  it("drops a name alone that another replica removed", async () => {
    const { functionId } = await functions.deploy({ name: "removed", source: answering("removed") })
    await functions.deploy({ name: "stays", source: answering("stays") })
    expect([await functions.invoke("removed"), await functions.invoke("stays")]).toEqual(["removed", "stays"])
    await storage.functions.remove("default", functionId)
    time += 5000
    await functions.invoke("removed")
    await expect.poll(async () => (await rejectionOf(functions.invoke("removed"))).code).toBe("FN_001")
    read.length = 0
    expect(await functions.invoke("stays")).toBe("stays")
    expect(read).not.toContain("findBundle")
  })

  it("reads the source map for a version's first failure alone", async () => {
    await functions.deploy({ name: "failing", source: "export default () => { throw new Error('unlike any other') }" })
    const first = await functions.run("failing")
    read.length = 0
    const second = await functions.run("failing")
    expect(second.error).toEqual(first.error)
    expect(second.error?.stack).toContain("index.ts:1:")
    expect(read).toEqual([])
  })
})
