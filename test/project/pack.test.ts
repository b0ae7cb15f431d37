import { readFile, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { readManifest, root } from "./manifest.ts"
import { installPacked, type PackedProject } from "./packed.ts"
import { run } from "./process.ts"

let project: PackedProject
beforeAll(async () => {
  project = await installPacked(["typescript", "@types/node", "@opentelemetry/api", "@opentelemetry/sdk-trace-base"])
})
afterAll(() => project?.remove())

/** What a user of the package would write first. */
const body = `
  const functions = await createFunctions()
  await functions.deploy({ name: "double", source: "export default (n) => n * 2" })
  console.log(await functions.invoke("double", 21))
  await functions.close()`

test("The tarball holds what was built, and the papers", () => {
  const strangers = project.files.filter(
    (file) =>
      !/^(?:dist\/.*\.(?:js|js\.map|d\.ts|sql|wasm|image|LICENSE)|dist\/licences\.md|[A-Za-z]+\.(?:md|json)|LICENSE)$/.test(
        file,
      ),
  )
  expect(strangers).toEqual([])
  expect(project.files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js"]))
})

test("The tarball holds the licences of what is built into it", async () => {
  const licences = await readFile(join(project.folder, "node_modules/inlay/dist/licences.md"), "utf8")
  expect(licences).toMatch(/## urlpattern-polyfill\s+Copyright 2020 Intel Corporation\s+Permission is hereby granted/)
})

test("The tarball names no place of the machine that built it", async () => {
  const places = [fileURLToPath(root), `${homedir()}/`, process.execPath]
  for (const file of project.files) {
    const text = await readFile(join(project.folder, "node_modules/inlay", file), "latin1")
    for (const place of places) expect(text.includes(place), `${file} holds ${place}`).toBe(false)
  }
})

test("Declarations import no .ts files", async () => {
  for (const file of project.files.filter((one) => one.endsWith(".d.ts"))) {
    const text = await readFile(join(project.folder, "node_modules/inlay", file), "utf8")
    expect(text.match(/(?:from|import)\s*\(?\s*["']\.[^"']*(?<!\.d)\.ts["']/), file).toBeNull()
  }
})

test("An ES module imports the package and calls a function", async () => {
  await writeFile(join(project.folder, "main.mjs"), `import { createFunctions } from "inlay"\n${body}`)
  const { stdout } = await run(process.execPath, ["main.mjs"], { cwd: project.folder })
  expect(stdout).toContain("42")
})

test("A CommonJS module requires the package and calls a function", async () => {
  await writeFile(
    join(project.folder, "main.cjs"),
    `const { createFunctions } = require("inlay")\nasync function main() {${body}\n}\nmain()`,
  )
  const { stdout } = await run(process.execPath, ["main.cjs"], { cwd: project.folder })
  expect(stdout).toContain("42")
})

test("A host that sends alerts by e-mail hears at its start that nodemailer is not installed", async () => {
  await writeFile(
    join(project.folder, "mail.mjs"),
    `import { emailNotifier } from "inlay/notifier/email"
    try {
      emailNotifier({ smtp: "smtp://localhost", from: "a@example.com", to: ["b@example.com"] })
    } catch ({ message }) {
      console.log(message)
    }`,
  )
  const { stdout } = await run(process.execPath, ["mail.mjs"], { cwd: project.folder })
  expect(stdout).toContain('run "npm install nodemailer"')
})

test("Spans go to the host's OpenTelemetry also where it has no API for logs", async () => {
  await writeFile(
    join(project.folder, "spans.mjs"),
    `import { trace } from "@opentelemetry/api"
    import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
    import { createFunctions } from "inlay"
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
    const functions = await createFunctions({ openTelemetry: true })
    await functions.deploy({ name: "greet", source: "export default () => console.log('hello')" })
    const { status, logs } = await functions.run("greet")
    await functions.close()
    const names = exporter.getFinishedSpans().map(({ name }) => name)
    const missing = await import("@opentelemetry/api-logs").catch(({ code }) => code)
    console.log(JSON.stringify({ status, lines: logs.length, names, missing }))`,
  )
  const { stdout, stderr } = await run(process.execPath, ["spans.mjs"], { cwd: project.folder })
  expect(JSON.parse(stdout)).toEqual({
    status: "succeeded",
    lines: 1,
    names: expect.arrayContaining(["invocation greet"]),
    missing: "ERR_MODULE_NOT_FOUND",
  })
  expect(stderr).not.toMatch(/opentelemetry|error/i)
})

test("Every entry point loads by import and by require", async () => {
  const names = await entryPoints()
  const imports = names.map((name) => `await import(${JSON.stringify(name)})`).join("\n")
  await writeFile(join(project.folder, "all.mjs"), imports)
  await writeFile(join(project.folder, "all.cjs"), names.map((name) => `require(${JSON.stringify(name)})`).join("\n"))
  await run(process.execPath, ["all.mjs"], { cwd: project.folder })
  await run(process.execPath, ["all.cjs"], { cwd: project.folder })
})

const modes = [
  ["nodenext", "an ES module", "main.mts", { module: "nodenext", moduleResolution: "nodenext" }],
  ["nodenext", "a CommonJS module", "main.cts", { module: "nodenext", moduleResolution: "nodenext" }],
  ["bundler", "a bundled module", "main.ts", { module: "esnext", moduleResolution: "bundler" }],
] as const

test.each(modes)("Types work under %s in %s", async (_resolution, _kind, file, options) => {
  const names = (await entryPoints()).filter((name) => name !== "inlay")
  const isCommonJs = file.endsWith(".cts")
  const load = isCommonJs ? 'import inlay = require("inlay")' : 'import * as inlay from "inlay"'
  const rest = names.map((name, index) =>
    isCommonJs ? `import e${index} = require("${name}")` : `import * as e${index} from "${name}"`,
  )
  const source = `${load}
import type { Functions, Invocation } from "inlay"
${rest.join("\n")}
export const loaded: readonly object[] = [${names.map((_, index) => `e${index}`).join(", ")}]
export async function main(): Promise<number> {
  const functions: Functions = await inlay.createFunctions()
  const { version } = await functions.deploy({ name: "double", source: "export default (n) => n * 2" })
  const output: number = await functions.invoke<number>("double", 21)
  const invocation: Invocation = await functions.run("double", 21)
  // @ts-expect-error a deployment has no such field, so these are types and not any
  await functions.deploy({ name: "double", sauce: "" })
  // @ts-expect-error a version is a number
  const text: string = version
  return output + invocation.durationMs + text.length
}
`
  await writeFile(join(project.folder, file), source)
  const configuration = {
    compilerOptions: {
      ...options,
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      noEmit: true,
    },
    files: [file],
  }
  const name = `tsconfig.${file}.json`
  await writeFile(join(project.folder, name), JSON.stringify(configuration))
  const { stdout } = await run("node", ["node_modules/typescript/bin/tsc", "-p", name], { cwd: project.folder })
  expect(stdout).toBe("")
})

async function entryPoints(): Promise<readonly string[]> {
  const { name, exports } = await readManifest()
  return Object.keys(exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => join(name, path).replaceAll("\\", "/"))
}
