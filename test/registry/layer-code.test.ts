import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createLayerCode } from "../../src/registry/layer-code.ts"
import { sampleLayer } from "../../src/testing/storage-contract/samples.ts"

const storage = sqlite(":memory:")
beforeAll(async () => {
  await storage.open()
  for (const code of ["one", "two"]) await storage.layers.commit(sampleLayer("acme", "dates", code))
  await storage.layers.commit(sampleLayer("other", "dates", "theirs"))
})
afterAll(() => storage.close())

const pin = (version: number) => ({ name: "dates", version })

describe("the code of layers", () => {
  it("is in memory once, by organisation, name and version, in the order that was asked for", async () => {
    const layerCode = createLayerCode(storage.layers)
    const first = await layerCode.read("acme", [pin(2), pin(1)])
    expect(first.map(({ key, code }) => [key, code])).toEqual([
      ["acme/dates@2", "two"],
      ["acme/dates@1", "one"],
    ])
    const [again] = await layerCode.read("acme", [pin(1)])
    expect(again).toBe(first[1])
    const [theirs] = await layerCode.read("other", [pin(1)])
    expect(theirs).toMatchObject({ key: "other/dates@1", code: "theirs" })
  })

  it("that is gone is an FN_001", async () => {
    const reading = createLayerCode(storage.layers).read("acme", [pin(7)])
    await expect(reading).rejects.toMatchObject({ code: "FN_001", message: expect.stringContaining('"dates@7"') })
  })
})
