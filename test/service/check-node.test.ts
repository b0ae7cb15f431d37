import { expect, it } from "vitest"
import { checkNode } from "../../src/service/check-node.ts"
import { readManifest } from "../project/manifest.ts"

it.each(["20.19.0", "20.20.2", "22.0.0", "26.1.0"])("Node.js %s is new enough", (version) => {
  expect(() => checkNode(version)).not.toThrow()
})

it.each(["18.20.8", "20.18.3", "8.0.0"])("Node.js %s is told that it is too old", (version) => {
  expect(() => checkNode(version)).toThrow(
    `Cannot start Inlay: it needs Node.js 20.19 or newer, and this is ${version}.`,
  )
})

it("The oldest one is that of the manifest", async () => {
  const { engines } = await readManifest()
  const oldest = engines.node.replace(">=", "")
  expect(() => checkNode(oldest)).not.toThrow()
  expect(() => checkNode("20.18.9")).toThrow(`needs Node.js ${oldest} or newer`)
})
