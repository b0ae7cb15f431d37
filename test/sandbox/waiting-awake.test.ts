import { describe, expect, it } from "vitest"
import { Expectation } from "../../src/sandbox/expectation.ts"
import { FasterWay } from "../../src/sandbox/pool/faster-way.ts"

describe("what comes again and again", () => {
  it("is not waited for awake before it has come soon once", () => {
    const next = new Expectation(1)
    next.begin(0)
    expect(next.isNear(0)).toBe(false)
    next.met(0.5)
    next.begin(10)
    expect(next.isNear(10.9)).toBe(true)
  })

  it("is waited for so long and no longer", () => {
    const next = new Expectation(1)
    next.begin(0)
    next.met(0.5)
    next.begin(10)
    expect(next.isNear(11)).toBe(false)
  })

  it("is not waited for awake any more once it has come late", () => {
    const next = new Expectation(1)
    next.begin(0)
    next.met(0.5)
    next.begin(10)
    next.met(15)
    next.begin(20)
    expect(next.isNear(20)).toBe(false)
  })
})

describe("the faster way of waiting", () => {
  /** Has so many tasks done, and tells how many of them were waited for awake. */
  const countAwake = (way: FasterWay, tasks: number, times: { awake: number; asleep: number }) => {
    let awake = 0
    for (let task = 0; task < tasks; task++) {
      if (way.isAwake) awake++
      way.took(way.isAwake ? times.awake : times.asleep)
    }
    return awake
  }

  it("is found by trying both in turns, and kept to", () => {
    expect(countAwake(new FasterWay(), 90, { awake: 1, asleep: 2 })).toBe(70)
    expect(countAwake(new FasterWay(), 90, { awake: 2, asleep: 1 })).toBe(20)
  })

  it("is tried the less often the surer it is", () => {
    const way = new FasterWay()
    expect(countAwake(way, 40 + 50 + 40 + 100 + 40 + 200, { awake: 1, asleep: 2 })).toBe(60 + 350)
  })

  it("is found again where it has changed, and then soon tried again", () => {
    const way = new FasterWay()
    countAwake(way, 40 + 50 + 40 + 100, { awake: 1, asleep: 2 })
    expect(countAwake(way, 40 + 50, { awake: 2, asleep: 1 })).toBe(20)
    expect(countAwake(way, 40 + 50, { awake: 1, asleep: 2 })).toBe(20 + 50)
  })

  it("is asleep where both are alike", () => {
    expect(countAwake(new FasterWay(), 90, { awake: 1, asleep: 1 })).toBe(20)
  })

  it("is not decided by a few slow tasks", () => {
    const way = new FasterWay()
    for (let task = 0; task < 3; task++) way.took(1000)
    expect(countAwake(way, 87, { awake: 1, asleep: 2 })).toBe(67)
  })
})
