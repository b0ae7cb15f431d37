import { describe, expect, it } from "vitest"
import { newId, newTraceId } from "../../src/util/id.ts"

const ids = (count: number, at: number) => Array.from({ length: count }, () => newId(at))

describe("a new id", () => {
  it("is a UUID of version 7 that carries its time", () => {
    const id = newId(Date.UTC(2026, 0, 1))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1))
  })

  it("sorts after the ones before it, within one millisecond too, and beyond what one millisecond has", () => {
    const at = Date.UTC(2027, 0, 1)
    const made = [...ids(10_000, at), ...ids(10, at + 1), ...ids(10, at + 500)]
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(made.length)
  })

  it("follows a clock that is set back", () => {
    newId(Date.UTC(2028, 0, 1))
    expect(newId(1000).startsWith("00000000-03e8-7")).toBe(true)
  })
})

it("a trace id begins with the second of the latest id, and ends at random", () => {
  const at = Date.UTC(2029, 0, 1)
  newId(at + 999)
  const [one, other] = [newTraceId(), newTraceId()]
  expect(one).toMatch(/^[0-9a-f]{32}$/)
  expect([one, other].map((id) => Number.parseInt(id.slice(0, 8), 16) * 1000)).toEqual([at, at])
  expect(one.slice(8)).not.toBe(other.slice(8))
})
