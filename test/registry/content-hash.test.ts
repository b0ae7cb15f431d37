import { expect, test } from "vitest"
import { checkConfiguration } from "../../src/registry/configuration.ts"
import { bundleHash, contentHash } from "../../src/registry/content-hash.ts"

const base = checkConfiguration({ handler: "index.handler", network: { vpc: "a", egress: "all" } })

test("the content hash is SHA-256 over code and configuration, whatever the order of keys", () => {
  expect(contentHash("code", base)).toMatch(/^[0-9a-f]{64}$/)
  const reversed = Object.fromEntries(Object.entries(base).reverse()) as typeof base
  expect(contentHash("code", reversed)).toBe(contentHash("code", base))
  expect(contentHash("code", { ...base, memory: 256 })).not.toBe(contentHash("code", base))
  expect(contentHash("other", base)).not.toBe(contentHash("code", base))
})

test("the content hash leaves out environment, triggers and description", () => {
  const other = { environment: { A: "1" }, triggers: [{ type: "http", path: "/" }], description: "words" } as const
  const { environment: _, triggers: __, ...version } = base
  expect(contentHash("code", { ...base, ...other })).toBe(contentHash("code", base))
  expect(contentHash("code", version)).toBe(contentHash("code", base))
})

test("the bundle hash tells apart maps of the same code", () => {
  expect(bundleHash("code", "map")).not.toBe(bundleHash("code", "other"))
  expect(bundleHash("ab", "c")).not.toBe(bundleHash("a", "bc"))
})
