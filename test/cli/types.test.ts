import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { nodeMount } from "../../adapters/mount/node.ts"
import { createFunctions, type FunctionsService } from "../../src/index.ts"

const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))

/** Others than the service, by the first segment of their paths. */
const strangers: Record<string, (response: ServerResponse) => unknown> = {
  site: (response) => response.setHeader("content-type", "text/html").end("<html>"),
  cut: (response) => response.setHeader("content-length", "9").write("types", () => response.destroy()),
  huge: (response) => Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(65_536, "a"))).pipe(response),
  loud: (response) => response.writeHead(500).end(JSON.stringify({ detail: "\u001b[2Jgone\ninlay: done" })),
}

let functions: FunctionsService
let server: Server
let url: string
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inlay-cli-"))
  functions = await createFunctions({
    authenticate: (request) => {
      const token = request.headers.get("authorization")
      if (token === null) return null
      const scopes = token === "Bearer reader" ? (["read"] as const) : (["write"] as const)
      return { organisation: "acme", scopes, actor: "ada" }
    },
    capabilities: { crm: { methods: { find: { input: z.object({ id: z.string() }), handle: async () => ({}) } } } },
  })
  const mount = nodeMount(functions, { prefix: "/api" })
  server = createServer((request, response) => {
    const answering = strangers[request.url?.split("/")[1] ?? ""]
    if (answering) answering(response)
    else mount(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.close()
  await functions.close({ graceMs: 0 })
  await rm(folder, { recursive: true })
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs the built command as a process of its own. */
function inlay(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { env: environment }, (failure, out, error) =>
      resolve({ code: failure ? Number(failure.code) : 0, out, error }),
    )
  })
}

describe("inlay types", () => {
  it("writes what the service gives, to standard output or to a file", async () => {
    const given = { code: 0, out: functions.types(), error: "" }
    expect(given.out).toContain("readonly crm: {")
    expect(await inlay(["types", "--url", `${url}/api/`, "--token", "reader"])).toEqual(given)
    expect(await inlay(["types"], { INLAY_URL: `${url}/api`, INLAY_TOKEN: "reader" })).toEqual(given)
    const file = join(folder, "inlay.d.ts")
    const written = await inlay(["types", "--url", `${url}/api`, "--token=reader", "--out", file])
    expect(written).toEqual({ code: 0, out: "", error: "" })
    expect(await readFile(file, "utf8")).toBe(functions.types())
  })

  it("says why the service refuses, and writes nothing", async () => {
    const file = join(folder, "refused.d.ts")
    for (const [token, words] of [
      [[], /^inlay: Cannot get .*\/api\/types: it answers 401: .+\n$/],
      [["--token", "writer"], /^inlay: Cannot get .*: it answers 403: .*"read".*\n$/],
    ] as const) {
      const ended = await inlay(["types", "--url", `${url}/api`, "--out", file, ...token])
      expect(ended).toMatchObject({ code: 1, out: "", error: expect.stringMatching(words) })
    }
    await expect(readFile(file)).rejects.toThrow("ENOENT")
  })

  it("tells a wrong address, a silent one and a file that cannot be written apart", async () => {
    const failing = async (...args: readonly string[]) => {
      const { code, error } = await inlay(["types", ...args])
      expect(code, error).toBe(1)
      return error
    }
    expect(await failing("--url", url)).toContain("it answers 404; is --url where the service is mounted?")
    expect(await failing("--url", `${url}/site`)).toContain("it answers no declarations; is --url where")
    expect(await failing("--url", "http://127.0.0.1:1/api")).toMatch(
      /^inlay: Cannot reach http:\/\/127\.0\.0\.1:1\/api\/types: /,
    )
    expect(await failing("--url", `${url}/cut`)).toMatch(
      /^inlay: Cannot reach http:\/\/127\.0\.0\.1:\d+\/cut\/types: \w+\.\n$/,
    )
    expect(await failing("--url", `${url}/huge`)).toContain("it answers more than 10485760 bytes")
    expect(await failing("--url", `${url}/loud`)).toMatch(/it answers 500: {2}\[2Jgone inlay: done\n$/)
    const lost = join(folder, "missing", "a.d.ts")
    expect(await failing("--url", `${url}/api`, "--token", "reader", "--out", lost)).toContain('a.d.ts": ENOENT.')
  })
})

describe("the command line", () => {
  it("ends in silence where nobody reads on", async () => {
    const ended = await new Promise((resolve) => {
      const child = execFile(process.execPath, [command, "--help"], { env: {} }, (failure, _out, error) =>
        resolve({ failure, error }),
      )
      child.stdout?.destroy()
    })
    expect(ended).toEqual({ failure: null, error: "" })
  })

  it("never says a token or a password", async () => {
    for (const token of ["secret\nsecond", "secret-ключ"]) {
      const ended = await inlay(["types", "--url", url, "--token", token])
      expect(ended).toEqual({ code: 2, out: "", error: expect.stringContaining("The token has characters") })
      expect(ended.error).not.toContain("secret")
    }
    const ended = await inlay(["types", "--url", url.replace("//", "//ada:secret@")])
    expect(ended).toEqual({ code: 2, out: "", error: expect.stringContaining("holds a user or a password") })
    expect(ended.error).not.toContain("secret")
  })

  it("explains itself", async () => {
    for (const args of [["--help"], ["types", "-h"]]) {
      expect(await inlay(args)).toEqual({ code: 0, out: expect.stringMatching(/^Usage: inlay/), error: "" })
    }
  })

  it("ends with 2 where it is called wrongly", async () => {
    const wrong: readonly (readonly [args: readonly string[], words: string])[] = [
      [[], "There is no command."],
      [["type"], 'There is no command "type".'],
      [["types"], "give --url or INLAY_URL"],
      [["types", "more", "--url", url], '"types" takes no "more".'],
      [["types", "--url", "app.example.com"], "begins with http:// or https://"],
      [["types", "--uri", url], "Unknown option '--uri'"],
    ]
    for (const [args, words] of wrong) {
      const ended = await inlay(args)
      expect(ended).toEqual({ code: 2, out: "", error: expect.stringContaining(words) })
      expect(ended.error).toContain("Try: inlay --help")
    }
  })
})
