import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { errorTable } from "../../src/errors/table.ts"

it("the guide to errors says what the table says, and nothing of other codes", async () => {
  const guide = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8")
  const codes = new Set(guide.match(/FN_\d{3}/g))
  expect([...codes].sort()).toEqual(Object.keys(errorTable))
  for (const [code, { title, status, fault, cause, cure }] of Object.entries(errorTable)) {
    expect(guide).toContain(`| ${code} | ${title} | ${status} | ${fault} |`)
    expect(guide).toContain(`## ${code} ${title}\n\n**Cause.** ${cause}\n\n**Cure.** ${cure}\n`)
  }
})
