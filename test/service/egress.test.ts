import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createHttpFace } from "../../src/http/face.ts"
import { createFunctions, type InvocationRecord } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

let server: Server
let url = ""
beforeAll(async () => {
  server = createServer((_, response) => response.end("private"))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const service = openService({
  sandbox: { threads: 1 },
  egress: {
    maxRequests: 2,
    organisation: (id) => (id === "trusted" ? { allow: ["127.0.0.0/8"] } : undefined),
    networks: { office: { localAddress: "127.0.0.7" } },
  },
})

const source = `export default async (urls) => {
  const answers = []
  for (const url of urls) answers.push(await fetch(url).then((response) => response.text(), (error) => error.message))
  return answers
}`

describe("the egress of a call", () => {
  it("is what the host says for its organisation", async () => {
    const { functions } = service
    const trusted = functions.organisation("trusted")
    await trusted.deploy({ name: "reach", source })
    await functions.deploy({ name: "reach", source })
    expect(await trusted.invoke("reach", [url])).toEqual(["private"])
    expect(await functions.invoke("reach", [url])).toEqual([`Cannot fetch "${url}": the address is not public.`])
  })

  it("is counted and bounded for each call, and told with its result", async () => {
    const { functions } = service
    const trusted = functions.organisation("trusted")
    await trusted.deploy({ name: "count", source })
    const told: InvocationRecord[] = []
    const stop = functions.on("invocation.finished", (fact) => told.push(fact))
    const { output, egress } = await trusted.run("count", [url, url, url])
    stop()
    expect(output).toEqual(["private", "private", expect.stringContaining("2 requests")])
    expect(egress).toEqual({ requests: 2, bytesSent: expect.any(Number), bytesReceived: expect.any(Number) })
    expect(egress?.bytesReceived).toBeGreaterThan(14)
    expect(told).toEqual([expect.objectContaining({ egress })])
    expect((await trusted.run("count", [url])).egress?.requests).toBe(1)
    expect((await trusted.run("count", [])).egress).toEqual({ requests: 0, bytesSent: 0, bytesReceived: 0 })
  })

  it("is narrowed by the function's own configuration", async () => {
    const trusted = service.functions.organisation("trusted")
    await trusted.deploy({ name: "none", source, config: { network: { egress: "none" } } })
    await trusted.deploy({ name: "some", source, config: { network: { allow: ["api.example.com"] } } })
    for (const name of ["none", "some"]) {
      expect(await trusted.invoke(name, [url])).toEqual([`Cannot fetch "${url}": it is not allowed.`])
    }
    const refused = await rejectionOf(trusted.deploy({ name: "bad", source, config: { network: { allow: ["a b"] } } }))
    expect(refused).toMatchObject({ code: "FN_006", issues: [{ path: "network.allow.0" }] })
  })

  it("goes through a named network, and a deploy that names none of the host's is refused", async () => {
    const trusted = service.functions.organisation("trusted")
    const sources: (string | undefined)[] = []
    const note = ({ socket }: { readonly socket: { readonly remoteAddress?: string | undefined } }) =>
      sources.push(socket.remoteAddress)
    server.on("request", note)
    await trusted.deploy({ name: "inside", source, config: { vpc: "office" } })
    expect(await trusted.invoke("inside", [url])).toEqual(["private"])
    server.off("request", note)
    expect(sources).toEqual(["127.0.0.7"])
    for (const vpc of ["home", "__proto__", "constructor"]) {
      const refused = await rejectionOf(trusted.deploy({ name: "other", source, config: { network: { vpc } } }))
      expect(refused).toMatchObject({
        code: "FN_006",
        message: `Cannot put the function into network "${vpc}": the host has office.`,
        issues: [{ path: "network.vpc" }],
      })
    }
    const changed = await rejectionOf(trusted.update("inside", { config: { network: { vpc: "home" } } }))
    expect(changed).toMatchObject({ code: "FN_006" })
  })

  it("is refused at the start where a rule cannot be meant", async () => {
    const start = (egress: object) => rejectionOf(createFunctions({ egress }))
    expect(await start({ allow: ["10.0.0.0/40"] })).toBeInstanceOf(TypeError)
    expect(await start({ reach: "all" })).toBeInstanceOf(TypeError)
    expect(await start({ maxRequests: -1 })).toBeInstanceOf(RangeError)
    expect(await start({ networks: { a: { proxy: "socks5://10.0.0.1" } } })).toBeInstanceOf(TypeError)
    expect(await start({ networks: { a: { localAddress: "eth0" } } })).toBeInstanceOf(TypeError)
  })
})

describe("an internal function", () => {
  const http = { triggers: [{ type: "http" as const, path: "/inner" }] }

  it.each([
    ["internal", { internal: true }],
    ["network.internal", { network: { internal: true } }],
    ["network.ingress", { network: { ingress: "internal" as const } }],
  ])("by %s is called by the host and by pipelines, never over HTTP", async (_, config) => {
    const { functions } = service
    const { warnings } = await functions.deploy({
      name: "inner",
      source: "export default (event) => 'inner'",
      config: { kind: "event", ...http, ...config },
    })
    expect(warnings).toEqual([expect.stringContaining("the function is internal")])
    expect(await functions.invoke("inner")).toBe("inner")
    await functions.pipelines.define({ name: "chain", steps: [{ kind: "function", name: "one", function: "inner" }] })
    expect(await functions.pipelines.run("chain")).toMatchObject({ status: "succeeded" })
    const face = createHttpFace(functions, { authenticate: "open" })
    const send = (method: string, path: string) => face.fetch(new Request(`http://localhost${path}`, { method }), {})
    for (const [method, path] of [
      ["POST", "/functions/inner/invoke"],
      ["GET", "/inner"],
    ] as const) {
      const response = await send(method, path)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ code: "FN_009" })
    }
    expect((await send("POST", "/pipelines/chain/run")).status).toBe(200)
    await functions.remove("inner")
  })
})
