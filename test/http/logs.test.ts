import { gunzipSync } from "node:zlib"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { FunctionsService } from "../../src/index.ts"
import { faceFor, openFace, type Send, startService } from "./support.ts"

let service: FunctionsService
let send: Send
const decoder = new TextDecoder()

beforeAll(async () => {
  service = await startService()
  send = openFace(service)
  await service.deploy({
    name: "write",
    source: "export default ({ messages }) => { for (const one of messages) console.log(one, { length: one.length }) }",
  })
})

afterAll(() => service.close({ graceMs: 0 }))

const write = (...messages: readonly string[]) => service.run("write", { messages })

/** Reads a stream until the text that it has given so far is wanted. */
async function readUntil(response: Response, isWanted: (text: string) => boolean): Promise<string> {
  const reader = response.body?.getReader()
  let text = ""
  while (reader && !isWanted(text)) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  await reader?.cancel()
  return text
}

it("A search takes its filter from the query", async () => {
  await write("found", "lost")
  const found = await (await send("GET", "/logs?text=FOU&field=length%3A5%20%7B&field=a:b")).json()
  expect(found).toEqual({ items: [], next: null })
  const { items } = (await (
    await send("GET", "/logs?text=FOU&field=length:5&level=info&function=write&version=1&range=1h")
  ).json()) as {
    items: readonly { readonly message: string }[]
  }
  expect(items.map(({ message }) => message)).toEqual(["found { length: 5 }"])
  for (const query of ["level=loud", "field=nothing", "version=0", "from=x", "trace=%0a", `text=${"x".repeat(1001)}`]) {
    expect((await send("GET", `/logs?${query}`)).status, query).toBe(400)
  }
  expect((await send("GET", "/logs?function=missing")).status).toBe(404)
})

it("A tail sends each line as an event, neutralised, and goes on after the last one", async () => {
  const response = await send("GET", "/logs/tail?text=event")
  expect(response.headers.get("content-type")).toBe("text/event-stream")
  await write("event \u001b[2J one", "other")
  const text = await readUntil(response, (so) => so.includes("data:") && so.endsWith("\n\n"))
  const [, id = "", data = ""] = /^: here\n\nid: (\d+)\nevent: log\ndata: (.*)\n\n$/.exec(text) ?? []
  expect(JSON.parse(data)).toMatchObject({ message: expect.stringMatching(/^event ␛\[2J one/), functionName: "write" })
  expect(JSON.parse(data)).not.toHaveProperty("arrivedAt")

  await write("event two")
  const again = await send("GET", "/logs/tail?text=event", { headers: { "last-event-id": id } })
  expect(await readUntil(again, (so) => so.includes("event two"))).toContain("event two")
  expect((await send("GET", "/logs/tail", { headers: { "last-event-id": "x" } })).status).toBe(400)
  expect((await send("GET", "/logs/tail?function=missing")).status).toBe(404)
})

it("A reader who is gone leaves nothing behind, nor does a HEAD", async () => {
  for (let time = 0; time < 60; time++) {
    const response = await send("GET", "/logs/tail")
    await response.body?.cancel()
    expect((await send("HEAD", "/logs/tail")).body).toBeNull()
  }
  const gone = new AbortController()
  for (let time = 0; time < 60; time++) {
    const request = new Request("http://localhost/logs/tail", { signal: gone.signal })
    expect((await service.fetch(request)).status).toBe(200)
  }
  gone.abort()
  const again = await Promise.all(Array.from({ length: 60 }, () => send("GET", "/logs/tail")))
  expect(again.map(({ status }) => status)).toEqual(again.map(() => 200))
  for (const { body } of again) await body?.cancel()
})

it("An export is one JSON object a line, oldest first, compressed where that is asked for", async () => {
  await write("export 1", "export 2", 'export "3"\n')
  const rows = (text: string) =>
    text
      .split("\n")
      .slice(0, -1)
      .map((row) => JSON.parse(row).message.slice(0, 8))
  const plain = await send("GET", "/logs/export?text=export")
  expect(plain.headers.get("content-type")).toBe("application/x-ndjson")
  const text = await plain.text()
  expect(rows(text)).toEqual(["export 1", "export 2", 'export "'])
  for (const [path, headers, type] of [
    ["/logs/export?text=export", { "accept-encoding": "br, gzip;q=0.5" }, "application/x-ndjson"],
    ["/logs/export?text=export&gzip=true", {}, "application/gzip"],
  ] as const) {
    const response = await send("GET", path, { headers })
    expect(response.headers.get("content-type")).toBe(type)
    expect(response.headers.get("content-encoding")).toBe(type === "application/gzip" ? null : "gzip")
    expect(gunzipSync(Buffer.from(await response.arrayBuffer())).toString()).toBe(text)
  }
  const refused = await send("GET", "/logs/export", { headers: { "accept-encoding": "gzip;q=0, identity" } })
  expect(refused.headers.get("content-encoding")).toBeNull()
  await refused.body?.cancel()
})

it("Logs and errors are their organisation's, and ask for scopes", async () => {
  const other = faceFor(service, ["read"], "other")
  expect(await (await other("GET", "/logs")).json()).toEqual({ items: [], next: null })
  expect(await (await other("GET", "/logs/export")).text()).toBe("")
  expect((await other("GET", "/functions/write/logs")).status).toBe(404)
  expect((await other("POST", "/errors/x/resolve")).status).toBe(403)
  const nobody = faceFor(service, [])
  for (const path of ["/logs", "/logs/tail", "/logs/export", "/errors"]) {
    expect((await nobody("GET", path)).status, path).toBe(403)
  }
})
