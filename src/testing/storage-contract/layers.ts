import { deepEqual, equal, rejects } from "node:assert/strict"
import type { ContractRunner } from "../contract-runner.ts"
import { awkwardText, sampleDeployment, sampleLayer, sampleTime } from "./samples.ts"
import type { StorageSubject } from "./subject.ts"

/** Layers: versions, who uses them, removal. */
export function describeLayers({ it }: ContractRunner, subject: StorageSubject, shared: boolean): void {
  /** Commits code after code; gives the last version's number. */
  const commit = async (name: string, ...codes: readonly string[]): Promise<number> => {
    let number = 0
    for (const code of codes) {
      const { layer } = await subject.storage.layers.commit(sampleLayer(subject.organisation, name, code))
      number = layer.version
    }
    return number
  }
  const numbers = async (name: string): Promise<readonly number[]> =>
    (await subject.storage.layers.listVersions(subject.organisation, name)).map((layer) => layer.version)

  it("keeps a version as it is committed, with every character of its bundle", async () => {
    const { storage, organisation } = subject
    const sample = sampleLayer(organisation, "dates", "const s = 'é😀\u0000\u2028';\r\n", { snapshotBytes: null })
    const { layer, added } = await storage.layers.commit(sample)
    equal(added, true)
    deepEqual(layer, {
      organisation,
      name: "dates",
      version: 1,
      contentHash: sample.bundle.hash,
      exports: ["default", "parse"],
      bundleBytes: Buffer.byteLength(sample.bundle.code),
      snapshotBytes: null,
      actor: "tester",
      createdAt: sampleTime,
    })
    deepEqual(await storage.layers.find(organisation, "dates"), layer)
    deepEqual(await storage.layers.find(organisation, "dates", 1), layer)
    deepEqual(await storage.layers.findBundle(organisation, "dates", 1), sample.bundle)
    deepEqual(await storage.layers.listVersions(organisation, "dates"), [layer])
  })

  it("numbers versions by layer, and finds the same bundle again", async () => {
    const { storage, organisation } = subject
    equal(await commit("dates", "1", "2", "3"), 3)
    equal(await commit("texts", "3"), 1)
    const again = await storage.layers.commit(sampleLayer(organisation, "dates", "2", { actor: "other" }))
    deepEqual([again.added, again.layer.version, again.layer.actor], [false, 2, "tester"])
    deepEqual(await numbers("dates"), [3, 2, 1])
    equal((await storage.layers.find(organisation, "dates"))?.version, 3)
  })

  it("lists the latest version of each by name, page after page", async () => {
    const { storage, organisation } = subject
    for (const name of ["b", "a", "B"]) await commit(name, "1", "2")
    const first = await storage.layers.list(organisation, { limit: 2 })
    deepEqual(
      first.items.map(({ name, version }) => [name, version]),
      [
        ["B", 2],
        ["a", 2],
      ],
    )
    equal(first.next, "a")
    const second = await storage.layers.list(organisation, { limit: 2, cursor: "a" })
    deepEqual([second.items.map(({ name }) => name), second.next], [["b"], null])
  })

  it("finds nothing, and does not fail, under names and numbers that none can have", async () => {
    const { storage, organisation } = subject
    await commit("dates", "1")
    for (const number of [0, -1, 1.5, 2, 2 ** 31, 2 ** 53, Number.NaN]) {
      equal(await storage.layers.find(organisation, "dates", number), null)
      equal(await storage.layers.findBundle(organisation, "dates", number), null)
      deepEqual(await storage.layers.listUses(organisation, "dates", number), [])
      equal(await storage.layers.remove(organisation, "dates", number), "missing")
    }
    for (const odd of [awkwardText, "", "\u0000"]) {
      equal(await storage.layers.find(organisation, odd), null)
      deepEqual(await storage.layers.listVersions(organisation, odd), [])
      equal(await storage.layers.remove(organisation, odd), "missing")
    }
  })

  it("knows which versions of functions use it", async () => {
    const { storage, organisation } = subject
    await commit("dates", "1", "2")
    const uses = [
      { function: "b", code: "x", layer: 1 },
      { function: "a", code: "x", layer: 1 },
      { function: "a", code: "y", layer: 2 },
    ]
    const ids = new Map<string, string>()
    for (const { function: name, code, layer } of uses) {
      const layers = [{ name: "dates", version: layer }]
      const { function: added } = await storage.functions.commit(sampleDeployment(organisation, name, code, { layers }))
      ids.set(name, added.id)
    }
    const byId = <Use extends { functionId: string | undefined }>(...list: readonly Use[]) =>
      [...list].sort((a, b) => ((a.functionId ?? "") < (b.functionId ?? "") ? -1 : 1))
    const use = (layer: number, name: string, version: number) => ({ layer, functionId: ids.get(name), name, version })
    deepEqual(await storage.layers.listUses(organisation, "dates"), [
      ...byId(use(1, "a", 1), use(1, "b", 1)),
      use(2, "a", 2),
    ])
    deepEqual(await storage.layers.listUses(organisation, "dates", 2), [use(2, "a", 2)])
    deepEqual(await storage.layers.listUses(organisation, "texts"), [])
  })

  it("is not removed while a version of a function uses it", async () => {
    const { storage, organisation } = subject
    await commit("dates", "1", "2")
    const layers = [{ name: "dates", version: 1 }]
    const { function: user } = await storage.functions.commit(sampleDeployment(organisation, "a", "x", { layers }))
    await storage.functions.commit(sampleDeployment(organisation, "a", "y"))
    equal(await storage.layers.remove(organisation, "dates"), "used")
    equal(await storage.layers.remove(organisation, "dates", 1), "used")
    deepEqual(await numbers("dates"), [2, 1])
    equal(await storage.layers.remove(organisation, "dates", 2), "removed")
    equal((await storage.layers.find(organisation, "dates"))?.version, 1)
    const { items } = await storage.layers.list(organisation, { limit: 10 })
    deepEqual(
      items.map(({ version }) => version),
      [1],
    )
    await storage.functions.remove(organisation, user.id)
    equal(await storage.layers.remove(organisation, "dates"), "removed")
    equal(await storage.layers.remove(organisation, "dates"), "missing")
    deepEqual(await storage.layers.list(organisation, { limit: 10 }), { items: [], next: null })
  })

  it("never reuses a number, not even of a layer that was removed", async () => {
    const { storage, organisation } = subject
    await commit("dates", "1", "2")
    await storage.layers.remove(organisation, "dates", 2)
    equal(await commit("dates", "2"), 3)
    await storage.layers.remove(organisation, "dates")
    equal(await commit("dates", "1"), 4)
    equal((await storage.layers.find(organisation, "dates"))?.version, 4)
    equal((await storage.layers.list(organisation, { limit: 1 })).items[0]?.version, 4)
  })

  it("shares a bundle with functions, and keeps it until neither uses it", async () => {
    const { storage, organisation } = subject
    const { bundle } = sampleDeployment(organisation, "a", "shared")
    const { function: user } = await storage.functions.commit(sampleDeployment(organisation, "a", "shared"))
    await storage.layers.commit(sampleLayer(organisation, "dates", "shared"))
    await storage.functions.remove(organisation, user.id)
    deepEqual(await storage.layers.findBundle(organisation, "dates", 1), bundle)
    const { function: again } = await storage.functions.commit(sampleDeployment(organisation, "a", "shared"))
    await storage.layers.remove(organisation, "dates")
    deepEqual(await storage.functions.findBundle(organisation, again.id, 2), bundle)
    await storage.functions.remove(organisation, again.id)
    // Where the old bundle had stayed behind, its source map would come back.
    const renewed = { ...bundle, sourceMap: '{"version":3,"sources":["new.ts"]}' }
    await storage.layers.commit(sampleLayer(organisation, "dates", "shared", { bundle: renewed }))
    deepEqual(await storage.layers.findBundle(organisation, "dates", 2), renewed)
  })

  it("rejects a commit of a function with a layer that does not exist, and keeps nothing of it", async () => {
    const { storage, organisation } = subject
    await commit("dates", "1")
    for (const layer of [
      { name: "dates", version: 2 },
      { name: "texts", version: 1 },
    ]) {
      await rejects(storage.functions.commit(sampleDeployment(organisation, "a", "x", { layers: [layer] })), Error)
    }
    equal(await storage.functions.findByName(organisation, "a"), null)
  })

  it("shows nothing of one organisation to another", async () => {
    const { storage, organisation } = subject
    const other = `${organisation}-other`
    await commit("dates", "1")
    equal(await storage.layers.find(other, "dates"), null)
    equal(await storage.layers.findBundle(other, "dates", 1), null)
    deepEqual(await storage.layers.listVersions(other, "dates"), [])
    deepEqual(await storage.layers.list(other, { limit: 10 }), { items: [], next: null })
    equal(await storage.layers.remove(other, "dates"), "missing")
    const layers = [{ name: "dates", version: 1 }]
    await rejects(storage.functions.commit(sampleDeployment(other, "a", "x", { layers })), Error)
    await storage.layers.commit(sampleLayer(other, "dates", "theirs"))
    await storage.functions.commit(sampleDeployment(other, "a", "x", { layers }))
    deepEqual(await storage.layers.listUses(organisation, "dates"), [])
    equal((await storage.layers.findBundle(organisation, "dates", 1))?.code, "1")
    equal(await storage.layers.remove(organisation, "dates"), "removed")
    equal((await storage.layers.findBundle(other, "dates", 1))?.code, "theirs")
  })

  it("gives ten commits of one name at once ten numbers, and of one content a single version", async () => {
    const { storage, organisation } = subject
    const second = shared ? await subject.open() : storage
    const commitAll = (toCode: (index: number) => string) =>
      Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? second : storage).layers.commit(sampleLayer(organisation, "dates", toCode(index))),
        ),
      )
    await commitAll((index) => `code ${index}`)
    deepEqual(await numbers("dates"), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    const same = await commitAll(() => "same")
    deepEqual(new Set(same.map(({ layer }) => layer.version)), new Set([11]))
    equal(same.filter(({ added }) => added).length, 1)
  })
}
