import { describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { findEntry } from "../../src/registry/entry.ts"

function filesOf(...paths: readonly string[]): Map<string, Uint8Array> {
  return new Map(paths.map((path) => [path, new Uint8Array()]))
}

function withPackage(json: unknown, ...paths: readonly string[]): Map<string, Uint8Array> {
  const text = typeof json === "string" ? json : JSON.stringify(json)
  return filesOf(...paths).set("package.json", new TextEncoder().encode(text))
}

describe("the entry of an upload", () => {
  test.each([
    ["index.handler", ["index.ts", "other.ts"], { path: "index.ts", exportName: "handler" }],
    ["api/users.get", ["api/users.mjs"], { path: "api/users.mjs", exportName: "get" }],
    ["api/users.get", ["api/users/index.js"], { path: "api/users/index.js", exportName: "get" }],
    ["index.handler", ["src/index.ts"], { path: "src/index.ts", exportName: "handler" }],
    ["main.v2.run", ["main.v2.ts"], { path: "main.v2.ts", exportName: "run" }],
    ["index.default", ["index.ts"], { path: "index.ts", exportName: "default" }],
  ])("is what the handler %j names", (handler, paths, entry) => {
    expect(findEntry(filesOf(...paths), handler)).toEqual(entry)
  })

  test.each([
    ["main", { main: "lib/start.js" }, "lib/start.js"],
    ["main without extension", { main: "./lib/start" }, "lib/start.js"],
    ["main that is a folder", { main: "lib" }, "lib/index.js"],
    ["module before main", { main: "index.ts", module: "lib/start.js" }, "lib/start.js"],
    ["exports before module", { module: "index.ts", exports: "./lib/start.js" }, "lib/start.js"],
    ["exports of the package itself", { exports: { ".": { import: { default: "./lib/start.js" } } } }, "lib/start.js"],
    ["main that is not there", { main: "dist/index.js" }, "index.ts"],
    ["main that leads outside", { main: "../index.js" }, "index.ts"],
    ["nothing", {}, "index.ts"],
    ["null", null, "index.ts"],
  ])("follows a package.json with %s", (_, json, path) => {
    expect(findEntry(withPackage(json, "index.ts", "lib/start.js", "lib/index.js")).path).toBe(path)
  })

  test.each([
    [["b.ts", "main.ts", "index.js"], "index.js"],
    [["b.ts", "main.ts"], "main.ts"],
    [["b.ts", "src/index.tsx"], "src/index.tsx"],
    [["only.ts", "data.json", "only.d.ts", "function.config.ts", "node_modules/x/index.js"], "only.ts"],
  ])("is found among %j", (paths, path) => {
    expect(findEntry(filesOf(...paths))).toEqual({ path, exportName: "default" })
  })

  test.each([
    ["hander.run", ["handler.ts"], "handler.run"],
    ["index.run", ["api/index.ts", "api/users.ts"], undefined],
    ["users.run", ["api/users.ts", "index.ts"], "api/users.run"],
  ])("that is missing is told from what is near: %j", (handler, paths, suggestion) => {
    let thrown: unknown
    try {
      findEntry(filesOf(...paths), handler)
    } catch (error) {
      thrown = error
    }
    const { message, issues } = thrown as FunctionsError
    expect(issues?.[0]?.suggestion).toBe(suggestion)
    expect(/did you mean "([^"]+)"/.exec(message)?.[1]).toBe(suggestion)
  })

  test.each([
    ["nothing stands out", () => findEntry(filesOf("a.ts", "b.ts")), "index, main, handler, function"],
    ["there is no code", () => findEntry(filesOf("a.txt")), "no entry file"],
    ["the handler's file is missing", () => findEntry(filesOf("index.ts"), "api.handler"), '"api.handler"'],
    ["the handler leads outside", () => findEntry(filesOf("index.ts"), "../index.handler"), "has no file"],
    ["package.json is broken", () => findEntry(withPackage("{", "index.ts")), "package.json"],
  ])("is missing where %s: FN_005 says what was looked for", (_, find, said) => {
    expect(find).toThrow(FunctionsError)
    expect(find).toThrow(said)
  })
})
