import { describe, expect, it } from "vitest"
import { FairQueue } from "../../src/util/fair-queue.ts"

describe("FairQueue", () => {
  it("takes turns between owners and keeps each owner's order", () => {
    const queue = new FairQueue<string>()
    for (const item of ["a1", "a2", "a3"]) queue.add("a", item)
    queue.add("b", "b1")
    queue.putBack(["a0", "b0"], (item) => item.charAt(0))
    const taken = Array.from({ length: 6 }, () => queue.take(() => true))
    expect(taken.filter((item) => item?.startsWith("a"))).toEqual(["a0", "a1", "a2", "a3"])
    expect(taken.indexOf("b0")).toBeLessThan(3)
    expect([queue.size, queue.take(() => true)]).toEqual([0, undefined])
  })

  it("passes over owners that are not let through", () => {
    const queue = new FairQueue<number>()
    queue.add("a", 1)
    queue.add("b", 2)
    expect(queue.take((owner) => owner === "b")).toBe(2)
    expect(queue.take((owner) => owner === "b")).toBeUndefined()
  })
})
