import { readdir, readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { errorTable } from "../../src/errors/table.ts"
import { root } from "./manifest.ts"

const docs = new URL("docs/", root)

test("The error guide says what the error table says", async () => {
  const guide = (await readFile(new URL("errors.md", docs), "utf8")).replace(/ {2,}/g, " ")
  for (const [code, { title, status, fault, cause, cure }] of Object.entries(errorTable)) {
    expect(guide).toContain(`| \`${code}\` | ${title} | ${status} | ${fault} | ${cause} | ${cure} |`)
  }
})

test("The map of the documentation names every document, and its links lead somewhere", async () => {
  const names = (await readdir(docs)).filter((name) => name.endsWith(".md") && name !== "README.md")
  const map = await readFile(new URL("README.md", docs), "utf8")
  expect(names.filter((name) => !map.includes(`](${name})`))).toEqual([])
  for (const [, link = ""] of map.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    await expect(readFile(new URL(link, docs)), link).resolves.toBeDefined()
  }
})
