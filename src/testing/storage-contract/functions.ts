import { deepEqual, equal } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleDeployment, sampleFunction, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Functions themselves: adding, finding, listing, changing, removing. */
export function describeFunctions({ it }: ContractRunner, subject: StorageSubject): void {
  it("keeps a created function as it is, and finds it by name and id", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet", {
      description: "Says hello: 'quoted' 😀",
      environment: { GREETING: awkwardText, __proto__x: "1" },
      triggers: [
        { type: "http", path: "/greet/:name", methods: ["GET"], auth: "none" },
        { type: "event", name: "x" },
      ],
      updatedAt: sampleTime + 1,
    })
    deepEqual(await storage.functions.create(record), record)
    deepEqual(await storage.functions.findByName(organisation, "greet"), record)
    deepEqual(await storage.functions.findById(organisation, record.id), record)
  })

  it("answers null to a create whose name is taken, and changes nothing", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet")
    await storage.functions.create(record)
    equal(await storage.functions.create(sampleFunction(organisation, "greet", { description: "other" })), null)
    deepEqual(await storage.functions.findByName(organisation, "greet"), record)
  })

  it("lets exactly one of ten creates of a name at once succeed", async () => {
    const { storage, organisation } = subject
    const created = await Promise.all(
      Array.from({ length: 10 }, () => storage.functions.create(sampleFunction(organisation, "greet"))),
    )
    equal(created.filter((record) => record !== null).length, 1)
  })

  it("tells names apart by case", async () => {
    const { storage, organisation } = subject
    const upper = await storage.functions.create(sampleFunction(organisation, "Greet"))
    const lower = await storage.functions.create(sampleFunction(organisation, "greet"))
    deepEqual(await storage.functions.findByName(organisation, "Greet"), upper)
    deepEqual(await storage.functions.findByName(organisation, "greet"), lower)
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const record = sampleFunction(organisation, "greet")
    await storage.functions.create(record)
    const { functions } = storage
    equal(await functions.findByName(other, "greet"), null)
    equal(await functions.findById(other, record.id), null)
    deepEqual(await functions.list(other, { limit: 10 }), { items: [], next: null })
    equal(await functions.update(other, record.id, { description: "taken", updatedAt: 1 }), null)
    equal(await functions.changeEnvironment(other, record.id, { A: "1" }, 1), null)
    equal(await functions.remove(other, record.id), false)
    deepEqual(await functions.findById(organisation, record.id), record)
    const own = sampleFunction(other, "greet")
    deepEqual(await functions.create(own), own)
    equal(await functions.remove(other, own.id), true)
    deepEqual(await functions.findByName(organisation, "greet"), record)
  })

  it("lists by name, byte by byte, page after page", async () => {
    const { storage, organisation } = subject
    const names = ["b", "a", "B", "a_1", "a-1", "c", "a1"]
    for (const name of names) await storage.functions.create(sampleFunction(organisation, name))
    const seen: string[] = []
    let cursor: string | null | undefined
    for (let pages = 0; cursor !== null; pages += 1) {
      equal(pages < 4, true, "the last page must say that it is the last")
      const page = await storage.functions.list(organisation, { limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items.map((item) => item.name))
      cursor = page.next
    }
    deepEqual(seen, ["B", "a", "a-1", "a1", "a_1", "b", "c"])
  })

  it("finds nothing, and does not fail, under names, ids and cursors that no row can have", async () => {
    const { storage, organisation } = subject
    await storage.functions.create(sampleFunction(organisation, "greet"))
    for (const odd of [awkwardText, "", "\u0000", "greet\u0000", "x".repeat(100_000), "' or 1 = 1 --"]) {
      equal(await storage.functions.findByName(organisation, odd), null)
      equal(await storage.functions.findById(organisation, odd), null)
      equal(await storage.functions.findAlias(organisation, odd, odd), null)
      equal(await storage.invocations.find(odd, odd), null)
      equal(await storage.pipelines.find(odd, odd), null)
      deepEqual((await storage.invocations.list(odd, { functionId: odd }, { limit: 1, cursor: odd })).items, [])
      equal((await storage.functions.list(organisation, { limit: 1, cursor: odd })).next, null)
    }
  })

  it("keeps a description whatever characters it has, save U+0000", async () => {
    const { storage, organisation } = subject
    const description = "'quoted' \"twice\" \\ 😀 \u2028 $1 ?"
    await storage.functions.create(sampleFunction(organisation, "plain", { description }))
    await storage.functions.create(sampleFunction(organisation, "nul", { description: "a\u0000b" }))
    equal((await storage.functions.findByName(organisation, "plain"))?.description, description)
    equal(
      (await storage.functions.findByName(organisation, "nul"))?.description?.length,
      3,
      "U+0000 may be replaced, not cut at",
    )
  })

  it("says that a page is the last where it is full and nothing follows", async () => {
    const { storage, organisation } = subject
    await storage.functions.create(sampleFunction(organisation, "a"))
    await storage.functions.create(sampleFunction(organisation, "b"))
    equal((await storage.functions.list(organisation, { limit: 2 })).next, null)
    equal((await storage.functions.list(organisation, { limit: 1 })).next, "a")
  })

  it("lists the routed functions of every organisation", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    const http = { type: "http", path: "/x" } as const
    const first = sampleFunction(organisation, "routed", { triggers: [{ type: "event", name: "x" }, http] })
    const second = sampleFunction(other, "routed", { triggers: [http] })
    const later = sampleFunction(organisation, "later")
    for (const record of [first, second, later]) await storage.functions.create(record)
    const routed = async () => {
      const all = await storage.functions.listRouted()
      return all.filter((record) => record.organisation.startsWith(organisation)).map((record) => record.id)
    }
    deepEqual((await routed()).sort(), [first.id, second.id].sort())
    await storage.functions.update(organisation, later.id, { triggers: [http], updatedAt: 1 })
    await storage.functions.update(organisation, first.id, { triggers: [], updatedAt: 1 })
    deepEqual((await routed()).sort(), [second.id, later.id].sort())
    await storage.functions.commit(sampleDeployment(organisation, "routed", "1", { triggers: [http] }))
    deepEqual((await routed()).sort(), [first.id, second.id, later.id].sort())
  })

  it("changes the parts that are given and leaves the others", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet", { description: "old", environment: { A: "1" } })
    await storage.functions.create(record)
    const at = sampleTime + 10
    const triggers = [{ type: "schedule", cron: "* * * * *", input: { deep: [null, 1.5] } }] as const
    const { functions } = storage
    deepEqual(await functions.update(organisation, record.id, { triggers, updatedAt: at }), {
      ...record,
      triggers,
      updatedAt: at,
    })
    deepEqual(await functions.update(organisation, record.id, { description: null, updatedAt: at + 1 }), {
      ...record,
      triggers,
      description: null,
      updatedAt: at + 1,
    })
    const changed = await functions.update(organisation, record.id, { environment: { B: "2" }, updatedAt: at + 2 })
    deepEqual(changed?.environment, { B: "2" })
    deepEqual(await functions.findById(organisation, record.id), changed)
    equal(await functions.update(organisation, "0-missing", { description: "x", updatedAt: at }), null)
  })

  it("sets and deletes single variables", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet", { environment: { KEPT: "1", CHANGED: "2", GONE: "3" } })
    await storage.functions.create(record)
    const change = { CHANGED: "22", GONE: null, NEW: "", NEVER_THERE: null, __proto: "x" }
    const changed = await storage.functions.changeEnvironment(organisation, record.id, change, sampleTime + 1)
    deepEqual(changed, {
      ...record,
      environment: { KEPT: "1", CHANGED: "22", NEW: "", __proto: "x" },
      updatedAt: sampleTime + 1,
    })
    deepEqual(await storage.functions.findById(organisation, record.id), changed)
    equal(await storage.functions.changeEnvironment(organisation, "0-missing", { A: "1" }, 1), null)
  })

  it("keeps every one of ten environment changes at once", async () => {
    const { storage, organisation } = subject
    const record = sampleFunction(organisation, "greet")
    await storage.functions.create(record)
    const names = Array.from({ length: 10 }, (_, index) => `NAME_${index}`)
    await Promise.all(
      names.map((name) => storage.functions.changeEnvironment(organisation, record.id, { [name]: name }, sampleTime)),
    )
    const found = await storage.functions.findById(organisation, record.id)
    deepEqual(Object.keys(found?.environment ?? {}).sort(), names)
  })

  it("removes a function with its versions, aliases and activations", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const { function: kept } = await functions.commit(sampleDeployment(organisation, "kept", "1"))
    const { function: gone } = await functions.commit(sampleDeployment(organisation, "gone", "1"))
    await functions.commit(sampleDeployment(organisation, "gone", "2"))
    const alias = { organisation, functionId: gone.id, alias: "live", version: 1, updatedAt: sampleTime }
    await functions.setAlias(alias)

    equal(await functions.remove(organisation, gone.id), true)
    equal(await functions.remove(organisation, gone.id), false)
    equal(await functions.findById(organisation, gone.id), null)
    equal(await functions.findByName(organisation, "gone"), null)
    deepEqual(await functions.listVersions(organisation, gone.id), [])
    deepEqual(await functions.listActivations(organisation, gone.id), [])
    deepEqual(await functions.listAliases(organisation, gone.id), [])
    equal(await functions.findBundle(organisation, gone.id, 1), null)
    deepEqual(await functions.findById(organisation, kept.id), kept)
  })

  it("keeps a bundle that another function still uses when one is removed", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const first = sampleDeployment(organisation, "first", "shared")
    const { function: removed } = await functions.commit(first)
    const { function: kept } = await functions.commit(sampleDeployment(organisation, "second", "shared"))
    await functions.remove(organisation, removed.id)
    equal((await functions.findBundle(organisation, kept.id, 1))?.code, "shared")
  })

  it("stores a bundle anew after its last version was removed", async () => {
    const { storage, organisation } = subject
    const { functions } = storage
    const old = sampleDeployment(organisation, "first", "code")
    const { function: removed } = await functions.commit(old)
    await functions.remove(organisation, removed.id)
    // Where the old bundle had stayed behind, its source map would come back.
    const bundle = { ...old.bundle, sourceMap: '{"version":3,"sources":["new.ts"]}' }
    const { function: added } = await functions.commit(sampleDeployment(organisation, "first", "code", { bundle }))
    deepEqual(await functions.findBundle(organisation, added.id, 2), bundle)
  })
}
