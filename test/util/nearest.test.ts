import { describe, expect, test } from "vitest"
import { didYouMean, nearest } from "../../src/util/nearest.ts"

describe("the nearest of some names", () => {
  test.each([
    ["validte", ["other", "validate", "validator"], "validate"],
    ["Handler", ["handle", "handler"], "handler"],
    ["htpt", ["http", "html"], "http"],
    ["lsit", ["last", "list"], "list"],
    ["timeuot", ["timeout", "time"], "timeout"],
    ["a", ["A", "b"], "A"],
  ])("is what was mistyped as %j", (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected)
  })

  test.each([
    ["read", ["send", "role"]],
    ["a", ["b", "c"]],
    ["kv", ["db", "log"]],
    ["handler", ["validateInput"]],
    ["same", ["same"]],
    ["", ["a"]],
    ["x", []],
    ["x".repeat(201), ["x".repeat(200)]],
  ])("is none where %j is near to nothing", (name, candidates) => {
    expect(nearest(name, candidates)).toBeUndefined()
  })

  test("goes into a message as a question, or not at all", () => {
    expect(didYouMean("list")).toBe(' (did you mean "list"?)')
    expect(didYouMean(undefined)).toBe("")
  })
})
