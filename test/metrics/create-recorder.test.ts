import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { createRecorder, type Recorder, type RecorderOptions } from "../../src/metrics/create-recorder.ts"
import type { InvocationRecord } from "../../src/model/invocation.ts"
import type { InvocationStore, Storage } from "../../src/ports/storage.ts"
import { openMemoryStorage } from "./memory-storage.ts"
import { recordOf } from "./records.ts"

let storage: Storage
let recorder: Recorder

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
  storage = await openMemoryStorage()
})

afterEach(async () => {
  vi.useRealTimers()
  await recorder.close()
  await storage.close()
})

/** The real store, which a test may make fail or wait, and which remembers the sizes of its batches. */
interface Store extends InvocationStore {
  failing: boolean
  readonly batches: number[]
  readonly written: string[]
  before: () => Promise<void>
}

interface Setup {
  readonly store: Store
  readonly errors: { readonly error: unknown; readonly dropped: number | undefined }[]
}

function start(options: Partial<RecorderOptions> = {}): Setup {
  const errors: Setup["errors"] = []
  const store: Store = {
    ...storage.invocations,
    failing: false,
    batches: [],
    written: [],
    before: async () => {},
    async insert(records) {
      await store.before()
      if (store.failing) throw new Error("The disk is full.")
      await storage.invocations.insert(records)
      store.batches.push(records.length)
      store.written.push(...records.map(({ id }) => id))
    },
  }
  recorder = createRecorder({
    store,
    now: Date.now,
    onError: (error, dropped) => errors.push({ error, dropped }),
    ...options,
  })
  return { store, errors }
}

function recordMany(count: number): InvocationRecord[] {
  const records = Array.from({ length: count }, (_, index) => recordOf({ startedAt: 1_000 + index }))
  for (const record of records) recorder.record(record)
  return records
}

/** Lets the time pass, and then the storage do what it was asked for: it takes a turn of the event loop for each step. */
async function wait(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe("a recorder", () => {
  test("writes nothing and has no timer while nothing happens", async () => {
    const { store } = start()
    expect(vi.getTimerCount()).toBe(0)
    await wait(60_000)
    expect(store.batches).toEqual([])
  })

  test("writes what was recorded within the time, in one batch, and then is idle again", async () => {
    const { store } = start()
    recordMany(3)
    await wait(249)
    expect(store.batches).toEqual([])
    await wait(1)
    expect(store.batches).toEqual([3])
    expect(vi.getTimerCount()).toBe(0)
  })

  test("does not hold up the end of the process", () => {
    start()
    const armed = vi.spyOn(globalThis, "setTimeout")
    recordMany(1)
    expect(armed.mock.results[0]?.value?.hasRef()).toBe(false)
    armed.mockRestore()
  })

  test("writes batches of at most maxBatch, in order, one at a time", async () => {
    const { store } = start({ maxBatch: 2 })
    let running = 0
    store.before = async () => {
      expect(++running).toBe(1)
      await Promise.resolve()
      running--
    }
    const records = recordMany(5)
    await wait(250)
    expect(store.batches).toEqual([2, 2, 1])
    expect(store.written).toEqual(records.map(({ id }) => id))
  })

  test("writes what is recorded while it writes", async () => {
    const { store } = start()
    store.before = async () => {
      store.before = async () => {}
      recordMany(2)
    }
    recordMany(1)
    await wait(250)
    expect(store.batches).toEqual([1, 2])
  })

  test("finds and lists what was recorded just before", async () => {
    start()
    const [first, second] = recordMany(2)
    expect(await recorder.find("a", first?.id ?? "")).toEqual(first)
    expect((await recorder.list("a", {}, { limit: 10 })).items.map(({ id }) => id)).toEqual([second?.id, first?.id])
    expect(await recorder.find("b", first?.id ?? "")).toBeNull()
  })

  test("lets a flush wait for its own records only, while others go on recording", async () => {
    const { store } = start({ maxBatch: 1 })
    let recorded = 0
    store.before = async () => {
      if (recorded++ < 50) recorder.record(recordOf())
    }
    recorder.record(recordOf())
    await recorder.flush()
    expect(store.batches.length).toBeLessThan(50)
    store.before = async () => {}
    await recorder.flush()
    await recorder.flush()
  })

  test("flushes what was recorded at any moment of a write", async () => {
    const { store } = start()
    // No turns but the recorder's own, so that the pauses reach each of them.
    store.insert = async (records) => void store.written.push(...records.map(({ id }) => id))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 20 }), async (pauses) => {
        const flushes: Promise<void>[] = []
        for (const pause of pauses) {
          for (let turn = 0; turn < pause; turn++) await Promise.resolve()
          const record = recordOf()
          recorder.record(record)
          flushes.push(recorder.flush().then(() => expect(store.written).toContain(record.id)))
        }
        await Promise.all(flushes)
      }),
    )
  })
})

describe("a store that fails", () => {
  test("is asked again, ever more slowly, until it takes the batch", async () => {
    const { store, errors } = start()
    store.failing = true
    const records = recordMany(2)
    await wait(250)
    expect(errors).toEqual([{ error: new Error("The disk is full."), dropped: undefined }])
    await wait(100 + 200 + 400)
    recordMany(1)
    store.failing = false
    await wait(799)
    expect(store.batches).toEqual([])
    await wait(1)
    expect(store.batches).toEqual([3])
    expect(store.written.slice(0, 2)).toEqual(records.map(({ id }) => id))
    expect(errors).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test("does not hold up a reader, nor does the reader's haste lose anything", async () => {
    const { store, errors } = start()
    store.failing = true
    const [record] = recordMany(1)
    for (let poll = 0; poll < 100; poll++) expect(await recorder.find("a", record?.id ?? "")).toBeNull()
    store.failing = false
    expect(await recorder.find("a", record?.id ?? "")).toEqual(record)
    expect(errors).toHaveLength(1)
  })

  test("loses a batch that it does not take for a minute, tells how many, and gets the next one", async () => {
    const { store, errors } = start({ maxBatch: 2 })
    const insert = store.insert
    const [poison] = recordMany(3)
    store.insert = async (records) => {
      if (records.some(({ id }) => id === poison?.id)) throw new Error("This row is not valid.")
      await insert(records)
    }
    await wait(250 + 59_000)
    expect(errors.map(({ dropped }) => dropped)).toEqual([undefined])
    await wait(20_000)
    expect(errors.map(({ dropped }) => dropped)).toEqual([undefined, 2])
    expect(store.batches).toEqual([1])
  })

  test("loses nothing by failing twice for less than a minute", async () => {
    const { store, errors } = start()
    for (let outage = 0; outage < 2; outage++) {
      store.failing = true
      recordMany(1)
      await wait(50_000)
      store.failing = false
      await recorder.flush()
    }
    expect(store.batches).toEqual([1, 1])
    expect(errors.map(({ dropped }) => dropped)).toEqual([undefined, undefined])
  })

  test("makes the recorder drop what exceeds its bounds, and tell how many", async () => {
    const { store, errors } = start({ maxBuffered: 10 })
    store.failing = true
    const records = recordMany(15)
    await wait(250)
    expect(errors.map(({ dropped }) => dropped)).toEqual([5, undefined])
    store.failing = false
    await recorder.flush()
    expect(store.written).toEqual(records.slice(0, 10).map(({ id }) => id))
  })

  test("never lets an error out, not even that of the listener", async () => {
    const { store } = start({
      onError: () => {
        throw new Error("The listener is broken.")
      },
    })
    store.failing = true
    recordMany(1)
    await wait(250)
    store.failing = false
    await wait(100)
    expect(store.batches).toEqual([1])
  })
})

describe("closing", () => {
  test("writes what waits and takes nothing more", async () => {
    const { store } = start()
    recordMany(2)
    await recorder.close()
    recordMany(1)
    await recorder.flush()
    await wait(60_000)
    expect(store.batches).toEqual([2])
    expect(vi.getTimerCount()).toBe(0)
  })

  test("tries a failing store a few times, then tells how many records are lost", async () => {
    const { store, errors } = start()
    store.failing = true
    recordMany(4)
    const closing = Promise.all([recorder.close(), recorder.close()])
    await wait(300)
    await closing
    expect(errors.map(({ dropped }) => dropped)).toEqual([undefined, 4])
    expect(vi.getTimerCount()).toBe(0)
  })

  test("waits for a write that is under way", async () => {
    const { store } = start()
    let go = () => {}
    store.before = () =>
      new Promise((resolve) => {
        go = resolve
      })
    recordMany(1)
    await wait(250)
    let closed = false
    const closing = recorder.close().then(() => {
      closed = true
    })
    await wait(1_000)
    expect(closed).toBe(false)
    go()
    await closing
    expect(store.batches).toEqual([1])
  })
})
