import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { checkConfiguration, readConfiguration } from "../../src/registry/configuration.ts"
import type { ConfigurationReader } from "../../src/registry/configuration-file.ts"
import { readUpload } from "../../src/registry/upload.ts"

function issuesOf(...layers: readonly unknown[]): Record<string, string> {
  try {
    checkConfiguration(...layers)
  } catch (error) {
    expect(error).toBeInstanceOf(FunctionsError)
    expect(error).toMatchObject({ code: "FN_006" })
    return Object.fromEntries((error as FunctionsError).issues?.map(({ path, message }) => [path, message]) ?? [])
  }
  return {}
}

const secret = "${secrets.DB}"

const complete = {
  runtime: "nodejs20",
  handler: "index.handler",
  memory: 512,
  timeout: 30,
  environment: { DB: secret, NODE_ENV: "production" },
  triggers: [
    { type: "http", path: "/api/users", methods: ["GET"] },
    { type: "http", path: "/api/users/:id/files/*", method: "POST" },
    { type: "schedule", cron: "0 * * * *", timezone: "Europe/Berlin" },
    { type: "event", event: "user.created" },
    { type: "queue", queue: "mail", batchSize: 10 },
    { type: "database", collection: "users", operations: ["create", "update"] },
  ],
  scaling: { minInstances: 0, maxInstances: 100, targetConcurrency: 50, scaleToZero: true },
  network: { vpc: "vpc-1", subnets: ["a", "b"], securityGroups: ["web"], egress: "all" },
}

describe("a configuration", () => {
  test("with everything in it is taken as it is", () => {
    expect(checkConfiguration(complete)).toEqual({ ...complete, cpu: 1 })
  })

  test("of nothing has the defaults", () => {
    const defaults = { runtime: "quickjs", memory: 128, timeout: 30, cpu: 1, environment: {}, triggers: [] }
    expect(checkConfiguration()).toEqual(defaults)
    expect(checkConfiguration(undefined, { memory: undefined })).toEqual(defaults)
  })

  test("may be spelled as in other products", () => {
    const spelled = {
      $schema: "https://example.com/schema.json",
      name: "users",
      runtime: "node:20.x",
      handler: "./src/index.ts",
      memory: "1GB",
      timeout: "1500ms",
      env: { PORT: 3000, DEBUG: false },
      triggers: [
        { type: "http", path: "/users/{id}/{rest+}", methods: ["get", "Post"], auth: true },
        { type: "http", path: "/", method: "get", methods: "put" },
        { type: "cron", expression: "0 0 * * *", timeZone: "UTC" },
      ],
    }
    expect(checkConfiguration(spelled)).toMatchObject({
      runtime: "nodejs20",
      handler: "src/index.default",
      memory: 1024,
      timeout: 1.5,
      environment: { PORT: "3000", DEBUG: "false" },
      triggers: [
        { type: "http", path: "/users/:id/*", methods: ["GET", "POST"], auth: "required" },
        { type: "http", path: "/", method: "GET", methods: ["PUT"] },
        { type: "cron", expression: "0 0 * * *", timezone: "UTC" },
      ],
    })
  })

  test("is refused with the path of everything that is wrong", () => {
    const wrong = {
      memry: 1,
      memory: 8,
      timeout: "soon",
      runtime: "cobol",
      handler: "../index.handler",
      environment: { "1A": "x", A: null },
      triggers: [{ type: "http", path: "no-slash" }, { type: "smoke" }, { type: "http", path: "/", paht: 1 }, 5],
      scaling: { max: -1, most: 3 },
      network: [],
    }
    expect(Object.keys(issuesOf(wrong)).sort()).toEqual([
      "environment.1A",
      "environment.A",
      "handler",
      "memory",
      "memry",
      "network",
      "runtime",
      "scaling.max",
      "scaling.most",
      "timeout",
      "triggers.0.path",
      "triggers.1.type",
      "triggers.2.paht",
      "triggers.3",
    ])
    expect(issuesOf({ zzz: 1 })).toEqual({ zzz: "is not a known key" })
  })

  test.each([
    [{ memry: 1 }, { memry: "memory" }],
    [{ Timeout: 1 }, { Timeout: "timeout" }],
    [
      { enviroment: {}, internl: true },
      { enviroment: "environment", internl: "internal" },
    ],
    [{ scaling: { minInstance: 1 } }, { "scaling.minInstance": "minInstances" }],
    [{ network: { alow: [] } }, { "network.alow": "allow" }],
    [{ triggers: [{ type: "http", path: "/", mehtods: ["GET"] }] }, { "triggers.0.mehtods": "methods" }],
  ])("is refused with the key that was meant: %j", (written, meant) => {
    const issues = Object.entries(meant).map(([path, key]) => [path, `is not a known key (did you mean "${key}"?)`])
    expect(issuesOf(written)).toEqual(Object.fromEntries(issues))
    expect(() => checkConfiguration(written)).toThrow(/^Cannot use the configuration: .* \(did you mean ".*"\?\)\.$/)
  })

  test.each([null, [], "x", 5])("is refused where it is %j", (input) => {
    expect(issuesOf(input)).toEqual({ "": "must be an object" })
  })

  test("is refused with __proto__ anywhere, and no prototype changes", () => {
    for (const [text, path] of [
      ['{"__proto__":{"memory":64}}', "__proto__"],
      ['{"environment":{"__proto__":"x"}}', "environment.__proto__"],
      ['{"scaling":{"__proto__":{"polluted":1}}}', "scaling.__proto__"],
      [
        '{"triggers":[{"type":"schedule","cron":"* * * * *","input":{"__proto__":{"polluted":1}}}]}',
        "triggers.0.input.__proto__",
      ],
    ] as const) {
      expect(Object.keys(issuesOf(JSON.parse(text)))).toEqual([path])
      expect(Object.keys(issuesOf({}, JSON.parse(text)))).toEqual([path])
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test("is refused, not followed, where it contains itself", () => {
    const circle: Record<string, unknown> = {}
    circle.network = circle
    expect(Object.values(issuesOf(circle))).toEqual(["is nested too deeply"])
  })

  test("of the argument wins key by key over the file", () => {
    const file = {
      memory: 256,
      environment: { A: "file", B: "file" },
      triggers: [{ type: "http", path: "/a" }],
      scaling: { min: 1 },
    }
    const argument = { timeout: 5, environment: { B: "argument" }, triggers: [], scaling: { max: 2 } }
    expect(checkConfiguration(file, argument)).toMatchObject({
      memory: 256,
      timeout: 5,
      environment: { A: "file", B: "argument" },
      triggers: [],
      scaling: { max: 2 },
    })
    expect(checkConfiguration(file, argument).scaling).toEqual({ max: 2 })
  })

  test("of any JSON is taken or refused with FN_006, and what was taken is taken again", () => {
    const keys = fc.constantFrom(
      "memory",
      "timeout",
      "environment",
      "triggers",
      "handler",
      "env",
      "kind",
      "network",
      "x",
    )
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 })), (input) => {
        try {
          const taken = checkConfiguration(input)
          expect(checkConfiguration(taken)).toEqual(taken)
        } catch (error) {
          expect(error).toMatchObject({ name: "FunctionsError", code: "FN_006" })
        }
      }),
    )
  })
})

describe("function.config.json", () => {
  const unused: ConfigurationReader = {
    organisation: "o",
    session: { bundleCode: () => Promise.reject(new Error("not for JSON")) },
    modules: {},
    evaluate: () => Promise.reject(new Error("not for JSON")),
  }
  const read = async (text: string, argument?: unknown) =>
    readConfiguration(await readUpload({ files: { "function.config.json": text, "index.ts": "" } }), argument, unused)

  test("is read without running anything, and the argument wins", async () => {
    expect(await read('{"memory":256,"timeout":3}', { timeout: 4 })).toMatchObject({ memory: 256, timeout: 4 })
  })

  test.each([
    ["{", "not valid JSON"],
    ["[]", "an object"],
    ['"x"', "an object"],
    ["null", "an object"],
    ['{"memory":"much"}', '"memory"'],
  ])("is refused where it is %s", async (text, said) => {
    const error = await read(text).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "FN_006", message: expect.stringContaining(said) })
  })
})
