import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { errorTable } from "../../src/errors/table.ts"
import { createFunctions } from "../../src/index.ts"
import { root } from "./manifest.ts"

const docs = new URL("docs/", root)

test("The error guide says what the error table says", async () => {
  const guide = (await readFile(new URL("errors.md", docs), "utf8")).replace(/ {2,}/g, " ")
  for (const [code, { title, status, fault, cause, cure }] of Object.entries(errorTable)) {
    expect(guide).toContain(`| \`${code}\` | ${title} | ${status} | ${fault} | ${cause} | ${cure} |`)
  }
})

test("The guide to options names every option, and every fact", async () => {
  const guide = await readFile(new URL("options.md", docs), "utf8")
  const known = async (options: object) => {
    const { message } = await createFunctions(options as never).then(
      () => new Error("it started"),
      (error: Error) => error,
    )
    return /: there are (.*)\.$/.exec(message)?.[1]?.split(", ") ?? []
  }
  const options = await known({ zzzzzzzzzz: 1 })
  expect(options).toContain("storage")
  const parts = await Promise.all(options.map((part) => known({ [part]: { zzzzzzzzzz: 1 } })))
  const functions = await createFunctions({
    authenticate: "open",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  let facts: readonly string[] = []
  try {
    functions.on("zzzzzzzzzz" as never, () => {})
  } catch (error) {
    facts = /: there are (.*)\.$/.exec((error as Error).message)?.[1]?.split(", ") ?? []
  }
  await functions.close()
  expect(facts).toContain("invocation.finished")
  const unnamed = [...options, ...parts.flat(), ...facts].filter((name) => !guide.includes(`\`${name}\``))
  expect(unnamed).toEqual([])
})

test("Links within the documentation lead to headings that are there", async () => {
  const names = [...(await readdir(docs)).filter((name) => name.endsWith(".md")), "../README.md"]
  for (const name of names) {
    const place = new URL(name, docs)
    const text = await readFile(place, "utf8")
    for (const [, file = "", anchor = ""] of text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
      const target = await readFile(file === "" ? place : new URL(file, place), "utf8")
      const headings = [...target.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => toAnchor(heading))
      expect(headings, `${name} links to ${file}#${anchor}`).toContain(anchor)
    }
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

test("The files that the guide to the source names are there", async () => {
  const guide = await readFile(new URL("architecture.md", docs), "utf8")
  const named = [...guide.matchAll(/`([a-z/-]+\/[a-z-]+\.ts)`/g)].map(([, path = ""]) => path)
  expect(named.length).toBeGreaterThan(10)
  const places = (path: string) => [new URL(path, root), new URL(`src/${path}`, root)]
  expect(named.filter((path) => !places(path).some((place) => existsSync(place)))).toEqual([])
})

/** As GitHub and npm make them. */
function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/ /g, "-")
}
