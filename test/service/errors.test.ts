import { describe, expect, it, vi } from "vitest"
import { openService, rejectionOf } from "./service.ts"

const service = openService({ sandbox: { threads: 1 } })

/** What `run` records of a function whose code begins in line 2. */
async function run(body: string, config = {}) {
  const name = `f_${Math.random().toString(36).slice(2)}`
  await service.functions.deploy({ name, source: `export default async (event) => {\n${body}\n}`, config })
  return service.functions.run(name)
}

describe("a function's error", () => {
  it.each([
    ["const order = { items: [] }\norder.total()", "TypeError", 3, "> 3 | order.total()", "total()"],
    ["const order = {}\nreturn order.items.length", "TypeError", 3, "> 3 | return order.items.length", "length"],
    ["const parse = 3\nparse(1)", "TypeError", 3, "> 3 | parse(1)", "parse(1)"],
    ["return missing + 1", "ReferenceError", 2, "> 2 | return missing + 1", "missing + 1"],
    ["await null\nthrow new Error('late')", "Error", 3, "> 3 | throw new Error('late')", "Error('late')"],
    ["return JSON.parse('{')", "SyntaxError", 2, "> 2 | return JSON.parse('{')", "parse('{')"],
    ["await fetch()", "TypeError", 2, "> 2 | await fetch()", "fetch()"],
  ])("shows where in the source it is: %s", async (body, name, line, shown, marked) => {
    const { error } = await run(body)
    expect(error).toMatchObject({ code: "FN_004", name })
    const lines = error?.frame?.split("\n") ?? []
    expect(lines[0]).toMatch(new RegExp(`^index\\.(?:ts|js):${line}:\\d+$`))
    expect(lines).toContain(shown)
    const caret = lines.find((text) => /^ +\| +\^$/.test(text))?.indexOf("^") ?? -1
    expect(shown.slice(caret)).toContain(marked)
  })

  it("arrives with its frame from invoke, in the record and in a pipeline's run", async () => {
    const { functions } = service
    await functions.deploy({ name: "framed", source: "export default () => {\n  throw new RangeError('no')\n}" })
    const frame = expect.stringMatching(/^index\.\w+:2:\d+\n {2}1 \| export default .*\n> 2 \| {3}throw new/)
    const error = await rejectionOf(functions.invoke("framed"))
    expect(error).toMatchObject({ guest: { name: "RangeError", frame } })
    expect(await functions.invocations.get(error.invocationId as string)).toMatchObject({ error: { frame } })
    await functions.pipelines.define({
      name: "framing",
      steps: [{ kind: "function", name: "one", function: "framed" }],
    })
    const run = await functions.pipelines.run("framing")
    expect(run).toMatchObject({ error: { frame }, steps: [{ error: { frame } }] })
    expect(await functions.pipelines.getRun(run.id)).toMatchObject({ error: { frame } })
  })

  it.each([{ cpu: 0.2 }, { timeout: 0.2 }])("of a loop without end names its function: %j", async (config) => {
    const source = "export default () => {\n  spin()\n}\nfunction spin() {\n  let n = 0\n  for (;;) n++\n}"
    await service.functions.deploy({ name: "spinning", source, config })
    // A machine that is busy with others may have the thread ended before the engine looks at the time.
    await vi.waitFor(
      async () => {
        const { error } = await service.functions.run("spinning")
        expect(error).toMatchObject({ code: "FN_002", frame: expect.stringContaining("> 4 | function spin() {") })
        expect(error?.stack).toMatch(/^ {4}at spin \(index\.\w+:4:\d+\)\n {4}at \w*default \(index\.\w+:2:\d+\)$/)
      },
      { timeout: 60_000 },
    )
  })

  it.each([
    ["await null", "await fetch('http://127.0.0.1:1/')"],
    ["const kind = 'kv'", "await kv.set('', 1)"],
  ])("of the host's answer shows where it was asked: after %s, %s", async (before, call) => {
    const source = `import { kv } from "inlay/sdk"\nexport default async () => {\n  ${before}\n  ${call}\n  return kv\n}`
    await service.functions.deploy({ name: "asking", source })
    const { error } = await service.functions.run("asking")
    expect(error).toMatchObject({ code: "FN_004", frame: expect.stringContaining(`> 4 |   ${call}\n`) })
  })

  it("is at the property or variable that the engine names, behind the last place that it keeps", async () => {
    const source = [
      "const size = 'größe 😀'; export default (event) => {",
      "  const order = { lines: event.lines }",
      "  if (event.list) return event.lines.length",
      "  const { price } = order",
      "  return size.length && order.lines[0].price.amount",
      "}",
    ].join("\n")
    await service.functions.deploy({ name: "placed", source })
    const frameOf = async (input: unknown) => (await service.functions.run("placed", input)).error?.frame
    expect(await frameOf({ list: true })).toMatch(/^index\.\w+:3:38\n/)
    expect(await frameOf({})).toMatch(/^index\.\w+:5:31\n/)
    expect(await frameOf({ lines: [{}] })).toMatch(/^index\.\w+:5:46\n/)
  })

  it.each([
    ["throw 'text'", "Error"],
    ["throw { message: 'm', stack: '    at f (/etc/passwd:1:1)' }", "Error"],
    ["await new Promise(() => {})", "Error"],
  ])("has neither stack nor frame where nothing tells the place: %s", async (body, name) => {
    const { error } = await run(body)
    expect(error).toEqual({ code: "FN_004", name, message: expect.any(String), stack: "" })
  })

  it("has in its stack what it was caused by, and where that was thrown", async () => {
    const { error } = await run("throw new Error('outer', { cause: new RangeError('inner', { cause: 'a text' }) })")
    const place = / {4}at \w*default \(index\.\w+:\d+:\d+\)/g
    expect(error?.stack.replace(place, "own")).toBe("own\nCaused by: RangeError: inner\nown\nCaused by: a text")
    const own = await run(
      "const error = new Error('own', { cause: 1 }); error.stack = error.stack.trimEnd(); throw error",
    )
    expect(own.error?.stack.replace(place, "own")).toBe("own\nCaused by: 1")
  })

  it("of module code names its line at deploy", async () => {
    const files = { "index.ts": "const limits: string | undefined = undefined\nexport default () => 1\nlimits.length" }
    expect(await rejectionOf(service.functions.deploy({ name: "loading", files }))).toMatchObject({
      code: "FN_005",
      message: expect.stringMatching(/\(index\.ts:3:\d+\)/),
      guest: { frame: expect.stringContaining("> 3 | limits.length") },
    })
  })

  it("of a configuration file names its line at deploy", async () => {
    const files = {
      "index.ts": "export default () => 1",
      "function.config.ts": "\nexport default {\n memory: nowhere }",
    }
    expect(await rejectionOf(service.functions.deploy({ name: "configured", files }))).toMatchObject({
      code: "FN_006",
      guest: { name: "ReferenceError", frame: expect.stringContaining("> 3 |  memory: nowhere }") },
    })
  })
})

describe("what a function logs", () => {
  it("has stacks of its own files, errors that nobody caught too", async () => {
    const source = [
      "const fail = () => { throw new TypeError('inner') }",
      "export default async () => {",
      "  try { fail() } catch (error) { console.error('caught', error, { error }) }",
      "  setTimeout(() => { fail() }, 0)",
      "  await new Promise((done) => setTimeout(done, 5))",
      "}",
    ].join("\n")
    await service.functions.deploy({ name: "logging", source })
    for (let round = 0; round < 2; round++) {
      const { logs } = await service.functions.run("logging")
      expect(logs.map(({ level }) => level)).toEqual(["error", "error"])
      for (const { message } of logs) {
        expect(message).toMatch(/TypeError: inner\n {4}at fail \(index\.\w+:1:\d+\)/)
        expect(message).not.toMatch(/bundle\.js|inlay:guest/)
      }
      expect(logs[0]?.message).toMatch(/^caught .*\(index\.\w+:3:\d+\)/s)
      expect(logs[1]?.message).toMatch(/^Uncaught TypeError: inner/)
    }
  })

  it("has the own files in a stack that is logged as it is", async () => {
    const source = "export default () => {\n  console.error(new Error('here').stack)\n}"
    await service.functions.deploy({ name: "stacked", source })
    const { logs } = await service.functions.run("stacked")
    expect(logs[0]?.message.trimEnd()).toMatch(/^ {4}at \w*default \(index\.\w+:2:\d+\)$/)
  })
})

describe("the log of a call", () => {
  it("stays bounded where the path of a file is long and stands in every line of it", async () => {
    const path = `lib/${"a".repeat(900)}.js`
    const files = {
      "index.js": `import { fail } from "./${path}"; export default fail`,
      [path]: `export const fail = () => {
        const at = new Error("here").stack.split("\\n").find((line) => line.includes("bundle.js"))
        for (let round = 0; round < 100; round++) console.log(("\\n" + at).repeat(20))
      }`,
    }
    await service.functions.deploy({ name: "talkative", files })
    const { logs } = await service.functions.run("talkative")
    expect(logs).toHaveLength(100)
    expect(logs[0]?.message).toContain(`(${path}:`)
    expect(logs.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(262_144 + 65_536)
  })
})

describe("a name that was mistyped", () => {
  const source = "export default () => 1"

  it("is answered with a near name of the same organisation", async () => {
    const { functions } = service
    await functions.deploy({ name: "transform_data", source })
    await functions.organisation("other").deploy({ name: "transform_dada", source })
    const message =
      'Cannot find function "transform_dta": no function has this name or id (did you mean "transform_data"?).'
    for (const call of [
      () => functions.invoke("transform_dta"),
      () => functions.run("transform_dta@3"),
      () => functions.get("transform_dta"),
      () => functions.rollback("transform_dta"),
    ]) {
      expect(await rejectionOf(call())).toMatchObject({ code: "FN_001", message })
    }
    for (const name of ["entirely_else", "0190"]) {
      expect(await rejectionOf(functions.invoke(name))).toMatchObject({ message: expect.not.stringContaining("mean") })
    }
    expect(await rejectionOf(functions.organisation("third").invoke("transform_dta"))).toMatchObject({
      message: expect.not.stringContaining("mean"),
    })
    expect(await rejectionOf(functions.invoke("transform_data@7"))).toMatchObject({
      message: 'Cannot find version 7 of function "transform_data": it has no version of this number.',
    })
  })

  it("of a handler is answered with the export that is near, or with all that there are", async () => {
    const files = { "index.ts": "export const handler = () => 1\nexport const other = 2" }
    const deploy = (handler?: string) =>
      rejectionOf(service.functions.deploy({ name: "handled", files, config: handler ? { handler } : {} }))
    expect(await deploy("index.hander")).toMatchObject({
      code: "FN_005",
      message:
        'Cannot deploy: handler "index.hander" names no exported function; it exports handler, other (did you mean "index.handler"?).',
      issues: [{ path: "handler", suggestion: "index.handler" }],
    })
    expect(await deploy("index.nothing")).toMatchObject({ message: expect.not.stringContaining("mean") })
    expect(await deploy("indx.handler")).toMatchObject({ issues: [{ suggestion: "index.handler" }] })
  })

  it("of what the host's modules export is answered with the one that was meant", async () => {
    for (const [module, written, meant] of [
      ["inlay/sdk", "storge", "storage"],
      ["inlay/functions", "rateLimt", "rateLimit"],
    ]) {
      const code = `import { ${written} } from "${module}"\nexport default () => ${written}`
      expect(await rejectionOf(service.functions.deploy({ name: "importing", source: code }))).toMatchObject({
        code: "FN_005",
        message: expect.stringContaining(
          `No matching export in "${module}" for import "${written}" (did you mean "${meant}"?)`,
        ),
        issues: [{ line: 1, column: 10, suggestion: meant, frame: expect.stringContaining("> 1 | import {") }],
      })
    }
  })
})
