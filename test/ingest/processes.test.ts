import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, type Storage } from "../../src/index.ts"
import { preparePostgres } from "../storage/support/postgres.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inlay-ingest-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const postgres = preparePostgres()
const storages: Readonly<Record<string, () => () => Storage>> = {
  SQLite: () => {
    const path = join(folder, `${randomUUID()}.db`)
    return () => sqlite(path)
  },
  PostgreSQL: () => postgres.createStorage,
}

describe.each(Object.entries(storages))("on %s", (_, prepare) => {
  const open = async (storage: Storage, fails: unknown[] = []) => {
    const service = await createFunctions({ storage, onError: (error) => fails.push(error) })
    onTestFinished(() => service.close({ graceMs: 0 }))
    return service
  }
  const count = async (face: { readonly metrics: { query: Awaited<ReturnType<typeof open>>["metrics"]["query"] } }) => {
    const { items } = await face.metrics.query({ key: "a", step: "1h", range: "1d" })
    return items.reduce((sum, item) => sum + item.count, 0)
  }

  test("processes that are sent the same points at once count each once, and a restart knows them", async () => {
    const createStorage = prepare()
    const organisation = `o${randomUUID()}`
    const services = [await open(createStorage()), await open(createStorage())]
    const faces = services.map((service) => service.organisation(organisation))
    const at = Date.now()
    const points = Array.from({ length: 200 }, (_, index) => ({ key: "a", value: index, at: at - index }))
    const results = await Promise.all(
      [points, [...points].reverse(), points, [...points].reverse()].map((sent, index) =>
        faces[index % 2]?.ingestion.ingest({ points: sent }),
      ),
    )
    expect(results.reduce((sum, result) => sum + (result?.accepted ?? 0), 0)).toBe(200)
    expect(results.reduce((sum, result) => sum + (result?.duplicates.length ?? 0), 0)).toBe(600)
    for (const face of faces) expect(await count(face)).toBe(200)
    for (const service of services) await service.close()
    const again = (await open(createStorage())).organisation(organisation)
    expect(await again.ingestion.ingest({ points })).toMatchObject({ accepted: 0, rejected: [] })
    expect(await count(again)).toBe(200)
  })

  test("where the storage fails nothing is stored, and the same batch can be sent again", async () => {
    const storage = prepare()()
    let isDown = false
    const { ingest } = storage
    const failing: Storage = {
      ...storage,
      ingest: {
        ...ingest,
        store: (batch, change) =>
          ingest.store(batch, (states) => {
            const changed = change(states)
            if (isDown) throw new Error("The disk is full.")
            return changed
          }),
      },
    }
    const face = (await open(failing)).organisation(`o${randomUUID()}`)
    const batch = { points: [{ key: "a", value: 1, at: Date.now() }] }
    isDown = true
    await expect(face.ingestion.ingest(batch, { idempotencyKey: "1" })).rejects.toThrow("The disk is full.")
    expect(face.metrics.prometheus()).not.toContain('key="a"')
    isDown = false
    expect(await face.ingestion.ingest(batch, { idempotencyKey: "1" })).toMatchObject({ accepted: 1, duplicates: [] })
    expect(await count(face)).toBe(1)
  })
})
