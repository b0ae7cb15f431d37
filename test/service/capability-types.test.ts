import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { defineCapabilityMethod } from "../../adapters/capability/capabilities.ts"
import { openStrictProject, type StrictProject } from "../project/strict-project.ts"
import { openService } from "./service.ts"

const tree = z.object({
  name: z.string(),
  get branches() {
    return z.array(tree)
  },
})

const service = openService({
  capabilities: {
    crm: {
      description: "The customers. */ still a comment",
      methods: {
        find: defineCapabilityMethod({
          description: "One customer.",
          input: z.object({ id: z.string(), "with-notes": z.boolean().optional(), depth: z.number().default(1) }),
          output: z
            .object({ name: z.string(), kind: z.enum(["person", "company"]), tags: z.array(z.string()) })
            .nullable(),
          handle: () => null,
        }),
        list: defineCapabilityMethod({
          input: z.object({ limit: z.number().optional() }),
          output: z.record(z.string(), z.union([z.number(), z.literal("none")])),
          handle: () => ({}),
        }),
        tree: defineCapabilityMethod({ input: tree, output: tree, handle: (input) => input }),
        measure: defineCapabilityMethod({
          input: z.object({ at: z.string().nullable(), also: z.object({ $ref: z.number() }) }),
          output: z.tuple([z.string(), z.number().nullable()]).rest(z.boolean()),
          handle: (): [string, number | null] => ["", 1],
        }),
        photo: defineCapabilityMethod({
          input: z.object({ id: z.string() }),
          output: z.instanceof(Uint8Array),
          handle: () => new Uint8Array(),
        }),
      },
    },
  },
})

describe("types()", () => {
  let project: StrictProject
  beforeAll(async () => {
    const files = { "inlay.d.ts": service.functions.types() }
    project = await openStrictProject({ "inlay/sdk": "src/sandbox/author/sdk.ts" }, files)
  })
  afterAll(() => project.remove())

  const check = (source: string) => project.check(`import { capabilities } from "inlay/sdk"\n${source}`)

  it("gives declarations with which a function's code is checked", async () => {
    expect(
      await check(`
        const found = await capabilities.crm.find({ id: "7", "with-notes": true })
        export const kind: "person" | "company" | undefined = found?.kind
        export const tags: readonly string[] = found?.tags ?? []
        export const amount: number | "none" | undefined = (await capabilities.crm.list())["a"]
        const { name, branches } = await capabilities.crm.tree({ name: "oak", branches: [{ name: "b", branches: [] }] })
        export const names: readonly string[] = [name, branches.map((branch: unknown) => typeof branch)[0] ?? ""]
        const [unit, amountOfIt, ...flags] = await capabilities.crm.measure({ at: null, also: { $ref: 1 } })
        export const measured: readonly [string, number | null, readonly boolean[]] = [unit, amountOfIt, flags]
        export const photo: Uint8Array = await capabilities.crm.photo({ id: "7" }, new Uint8Array(1))`),
    ).toBe("")
  })

  it.each([
    ["a missing field", "await capabilities.crm.find({})", /Property 'id' is missing/],
    ["no input where one is needed", "await capabilities.crm.find()", /Expected 1-2 arguments/],
    ["null where it is not allowed", "await capabilities.crm.find({ id: null })", /'null' is not assignable/],
    [
      "a field that only may be null",
      "await capabilities.crm.measure({ at: 7, also: { $ref: 1 } })",
      /'number' is not/,
    ],
    ["a field of another type", 'await capabilities.crm.list({ limit: "7" })', /'string' is not assignable/],
    [
      "a field of the answer that is none",
      'export const a = (await capabilities.crm.find({ id: "" }))?.b',
      /'b' does not/,
    ],
    ["a capability that the host does not give", "await capabilities.erp.find({})", /'erp' does not exist/],
  ])("makes %s an error", async (_, source, message) => {
    expect(await check(source)).toMatch(message)
  })

  it("says what the host gives, and declares nothing twice", () => {
    const text = service.functions.types()
    expect(text).toContain("gives to functions: kv, db, storage, queue, crm.")
    expect(text).not.toMatch(/readonly (?:kv|db|storage):/)
    expect(text).toContain("/** One customer. */")
  })
})
