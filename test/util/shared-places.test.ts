import { describe, expect, it } from "vitest"
import { SharedPlaces } from "../../src/util/shared-places.ts"

describe("SharedPlaces", () => {
  it("leaves an owner fewer places than there are, and takes turns", async () => {
    const places = new SharedPlaces({ all: 3, ofOwner: 2 })
    const begun: string[] = []
    const ends: (() => void)[] = []
    const add = (owner: string): void =>
      places.add(owner, () => {
        begun.push(owner)
        return new Promise((resolve) => ends.push(resolve))
      })
    for (const owner of ["a", "a", "a", "a", "b", "b"]) add(owner)
    expect(begun).toEqual(["a", "a", "b"])
    for (let round = 0; round < 3; round++) {
      ends.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(begun).toEqual(["a", "a", "b", "a", "b", "a"])
  })
})
