import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import express from "express"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { expressMount } from "../../adapters/mount/express.ts"
import type { MountableFunctions } from "../../adapters/mount/node-request.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { startService } from "../http/support.ts"

const secret = "a secret of GitHub's"
let service: FunctionsService
let server: Server | undefined

beforeAll(async () => {
  service = await startService()
  await service.deploy({
    name: "on_push",
    source: "export default ({ body }) => body.ref",
    config: { triggers: [{ type: "webhook", path: "/hooks/github", provider: "github", secret }] },
  })
})
afterAll(() => service.close())
afterEach(async () => {
  server?.close()
  if (server) await once(server, "close")
  server = undefined
})

async function listen(parsers: express.RequestHandler[], functions: MountableFunctions): Promise<string> {
  const app = express()
  app.use("/api", ...parsers, expressMount(functions))
  server = createServer(app)
  await once(server.listen(0, "127.0.0.1"), "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
}

/** A delivery as its sender writes it: with spaces that JSON.stringify would not write. */
async function deliver(base: string, signed = secret): Promise<Response> {
  const body = '{ "ref": "refs/heads/main" }'
  const signature = `sha256=${createHmac("sha256", signed).update(body).digest("hex")}`
  const headers = { "content-type": "application/json", "x-hub-signature-256": signature, connection: "close" }
  return fetch(`${base}/hooks/github`, { method: "POST", headers, body })
}

const mountFirst = "mount before express.json()"

describe("a webhook behind a parser of the host", () => {
  it("is refused with what the host has to change", async () => {
    const response = await deliver(await listen([express.json()], service))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(mountFirst) })
  })

  it("is taken where the host has kept the bytes", async () => {
    const keep = express.json({ verify: (request, _response, rawBody) => void Object.assign(request, { rawBody }) })
    const base = await listen([keep], service)
    expect((await deliver(base)).status).toBe(202)
    const forged = await deliver(base, "another secret")
    expect(forged.status).toBe(401)
    expect(JSON.stringify(await forged.json())).not.toContain(mountFirst)
  })

  it("is taken where the host has kept the bytes and parsed nothing", async () => {
    const keep: express.RequestHandler = async (request, _response, next) => {
      Object.assign(request, { rawBody: await buffer(request.iterator({ destroyOnReturn: false })) })
      next()
    }
    expect((await deliver(await listen([keep], service))).status).toBe(202)
  })

  it.each([
    ["the bytes", express.raw({ type: "*/*" })],
    ["their text", express.text({ type: "*/*" })],
  ])("is taken where the parser gives %s", async (_what, parser) => {
    expect((await deliver(await listen([parser], service))).status).toBe(202)
  })
})

it("passes a form on as a form that express.urlencoded() has parsed", async () => {
  const echo: MountableFunctions = { handle: async (request) => Response.json([...(await request.formData())]) }
  const base = await listen([express.urlencoded({ extended: true })], echo)
  const body = new URLSearchParams(
    "name=Ada+L%C3%B6w&tag=a&tag=b&address[city]=Paris&line[0][id]=1&line[0][n]=2&line[1][id]=3",
  )
  const response = await fetch(base, { method: "POST", body, headers: { connection: "close" } })
  expect(await response.json()).toEqual([
    ["name", "Ada Löw"],
    ["tag", "a"],
    ["tag", "b"],
    ["address[city]", "Paris"],
    ["line[0][id]", "1"],
    ["line[0][n]", "2"],
    ["line[1][id]", "3"],
  ])
})
