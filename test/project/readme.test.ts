import { readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { nodeMount } from "../../adapters/mount/node.ts"
import { createFunctions } from "../../src/index.ts"
import { findCurls, fromCurl } from "./curl.ts"
import { readManifest, root } from "./manifest.ts"
import { installPacked, type PackedProject } from "./packed.ts"
import { run } from "./process.ts"

let readme: string
let project: PackedProject
beforeAll(async () => {
  readme = await readFile(new URL("README.md", root), "utf8")
  project = await installPacked()
})
afterAll(() => project?.remove())

test("The example has ten lines at most, runs as it stands and prints what it says", async () => {
  const [example = ""] = codeBlocks("js")
  expect(
    example
      .trim()
      .split("\n")
      .filter((line) => line.trim() !== "").length,
  ).toBeLessThanOrEqual(10)
  await writeFile(join(project.folder, "example.mjs"), example)
  const { stdout } = await run(process.execPath, ["example.mjs"], { cwd: project.folder })
  const promised = [...example.matchAll(/console\.log\(.*\) *\/\/ (.*)/g)].map((match) => match[1])
  expect(promised.length).toBeGreaterThan(0)
  expect(stdout.trim().split("\n")).toEqual(promised)
})

test("The example of the guide to pipelines runs as it stands and prints what it says", async () => {
  const guide = await readFile(new URL("docs/pipelines.md", root), "utf8")
  const [, example = ""] = /```js\n([\s\S]*?)```/.exec(guide) ?? []
  await writeFile(join(project.folder, "pipelines.mjs"), example)
  const { stdout } = await run(process.execPath, ["pipelines.mjs"], { cwd: project.folder })
  const promised = [...example.matchAll(/console\.log\(.*\) *\/\/ (.*)/g)].map((match) => match[1])
  expect(promised).toHaveLength(2)
  expect(stdout.trim().split("\n")).toEqual(promised)
})

test("The curl commands answer through a mount", async () => {
  const functions = await createFunctions({
    authenticate: (request) =>
      request.headers.get("authorization") === "Bearer secret"
        ? { organisation: "default", scopes: ["admin"], actor: "reader" }
        : null,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const server = createServer(nodeMount(functions, { prefix: "/api" }))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const answers = []
  for (const curl of findCurls(readme)) {
    const line = curl.replace("localhost:3000", `127.0.0.1:${port}`).replace("$TOKEN", "secret")
    const response = await fetch(fromCurl(line))
    answers.push([response.status, await response.json()])
  }
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await functions.close()
  expect(answers).toMatchObject([
    [200, { message: "Function deployed successfully" }],
    [200, { result: [2, 4, 6, 8] }],
  ])
})

test("Every runtime dependency has its reason", async () => {
  const { dependencies, optionalDependencies = {}, peerDependencies = {} } = await readManifest()
  const unexplained = [dependencies, optionalDependencies, peerDependencies]
    .flatMap((group) => Object.keys(group))
    .filter((name) => !readme.includes(`\`${name}\``))
  expect(unexplained).toEqual([])
})

test("Links lead to files of the project", async () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? "")
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) await expect(readFile(new URL(link, root)), link).resolves.toBeDefined()
})

test("The commands that it names exist", async () => {
  const { scripts } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { scripts: object }
  const named = [...readme.matchAll(/npm (?:run )?([a-z:]+)/g)].map((match) => match[1] ?? "")
  const known = [...Object.keys(scripts), "ci", "install", "run"]
  expect(named.filter((name) => !known.includes(name))).toEqual([])
})

function codeBlocks(language: string): readonly string[] {
  return [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap((match) =>
    match[1] === language ? [match[2] ?? ""] : [],
  )
}
