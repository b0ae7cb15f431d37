import { afterEach, describe, expect, test } from "vitest"
import { type PublicServer, type PublicServerOptions, readText, startPublicServer, textOf } from "./public-server.ts"

const open: PublicServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

/** Answers `/to/<status>/<location>` with that redirect, and everything else with what it received. */
async function serve(options?: PublicServerOptions): Promise<PublicServer> {
  const server = await startPublicServer(async (request, response) => {
    const [, status, location] = /^\/to\/(\d+)\/(.*)$/.exec(request.url ?? "") ?? []
    if (status) {
      const headers = location === "" ? {} : { location: decodeURIComponent(location ?? "") }
      return response.writeHead(Number(status), headers).end("x".repeat(100))
    }
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, headers, body: await readText(request) }))
  }, options)
  open.push(server)
  return server
}

const to = (status: number, location: string) => `http://one.example/to/${status}/${encodeURIComponent(location)}`
const post = {
  method: "POST",
  headers: [["content-type", "text/plain"] as const],
  body: new TextEncoder().encode("body"),
}

describe("a redirect", () => {
  test.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "DELETE", "GET"],
    [301, "PUT", "PUT"],
    [302, "DELETE", "DELETE"],
    [307, "POST", "POST"],
    [308, "POST", "POST"],
    [308, "PUT", "PUT"],
  ])("%i after %s goes on with %s", async (status, method, followed) => {
    const { get } = await serve()
    const response = await get(to(status, "/next"), { ...post, method })
    const seen = JSON.parse(textOf(response))
    expect(seen.method).toBe(followed)
    expect(seen.body).toBe(followed === "GET" ? "" : "body")
    expect(seen.headers["content-type"]).toBe(followed === "GET" ? undefined : "text/plain")
    expect(response).toMatchObject({ redirected: true, url: "http://one.example/next" })
  })

  test("303 after HEAD stays HEAD", async () => {
    const { get } = await serve()
    const response = await get(to(303, "/next"), { method: "HEAD" })
    expect(response).toMatchObject({ status: 200, url: "http://one.example/next" })
    expect(response.body).toHaveLength(0)
  })

  test("keeps credentials on its origin and drops them on the way to another", async () => {
    const { get } = await serve()
    const headers = [
      ["authorization", "Bearer one"],
      ["Cookie", "a=1"],
      ["x-kept", "yes"],
    ] as const
    const same = JSON.parse(textOf(await get(to(302, "/next"), { headers })))
    expect(same.headers).toMatchObject({ authorization: "Bearer one", cookie: "a=1", "x-kept": "yes" })
    for (const location of ["http://two.example/next", "//two.example/next", "http://one.example:8080/next"]) {
      const other = JSON.parse(textOf(await get(to(302, location), { headers })))
      expect(other.headers).not.toHaveProperty("authorization")
      expect(other.headers).not.toHaveProperty("cookie")
      expect(other.headers["x-kept"]).toBe("yes")
    }
  })

  test("does not give credentials back on the way home", async () => {
    const { get } = await serve()
    const away = `http://two.example/to/302/${encodeURIComponent("http://one.example/home")}`
    const seen = JSON.parse(textOf(await get(to(302, away), { headers: [["authorization", "Bearer one"]] })))
    expect(seen.url).toBe("/home")
    expect(seen.headers).not.toHaveProperty("authorization")
  })

  test("cannot bring a password of its own", async () => {
    const { get } = await serve()
    const response = await get(to(302, "http://user:secret@two.example/next"))
    expect(JSON.parse(textOf(response)).headers).not.toHaveProperty("authorization")
    expect(response.url).toBe("http://two.example/next")
  })

  test("without a location is an answer like any other", async () => {
    const { get } = await serve()
    expect(await get(to(302, ""))).toMatchObject({ status: 302, redirected: false })
  })

  test.each([300, 304, 305])("is not what status %i asks for", async (status) => {
    const { get } = await serve()
    expect(await get(to(status, "/next"))).toMatchObject({ status, redirected: false })
  })

  test("is handed over where the author follows it", async () => {
    const { get, connected } = await serve()
    const response = await get(to(302, "http://10.0.0.1/"), { redirect: "manual" })
    expect(response).toMatchObject({ status: 302, redirected: false })
    expect(response.headers).toContainEqual(["location", "http://10.0.0.1/"])
    expect(connected).toEqual(["93.184.216.34"])
  })

  test("is an error where the author wants none", async () => {
    const { get } = await serve()
    await expect(get(to(302, "/next"), { redirect: "error" })).rejects.toThrow("it redirects, and the request does not")
    expect(await get("http://one.example/plain", { redirect: "error" })).toMatchObject({ status: 200 })
  })

  test("is followed as often as allowed and no further", async () => {
    const server = await startPublicServer(
      (request, response) => {
        const left = Number(request.url?.slice(1))
        if (left === 0) response.end("there")
        else response.writeHead(302, { location: `/${left - 1}` }).end()
      },
      { maxRedirects: 3 },
    )
    open.push(server)
    expect(textOf(await server.get("http://one.example/3"))).toBe("there")
    await expect(server.get("http://one.example/4")).rejects.toThrow(
      'Cannot fetch "http://one.example/4": after a redirect, it redirects more than 3 times.',
    )
  })

  test.each([
    "http://127.0.0.1/",
    "//127.0.0.1/x",
    "http://0x7f000001/",
    "http://[::1]/",
    "http://inside.example/",
    "http://localhost/",
  ])("to %s is refused without a connection and without telling where it led", async (location) => {
    const { get, connected } = await serve({ names: { "inside.example": ["10.1.2.3"] } })
    const url = "http://one.example/to/302/"
    const server = await startPublicServer((_request, response) => void response.writeHead(302, { location }).end(), {
      names: { "inside.example": ["10.1.2.3"] },
    })
    open.push(server)
    await expect(server.get(url)).rejects.toThrow(
      new TypeError(`Cannot fetch "${url}": after a redirect, the address is not public.`),
    )
    expect(server.connected).toEqual(["93.184.216.34"])
    await expect(get(to(307, location), post)).rejects.toThrow("after a redirect, the address is not public.")
    expect(connected).toEqual(["93.184.216.34"])
  })

  test.each([
    ["file:///etc/passwd", "only http: and https: addresses can be fetched."],
    ["http://two.example:6379000/", "the address is not a URL."],
    ["http://two.example:22/", "port 22 belongs to another protocol."],
  ])("to %s is refused", async (location, reason) => {
    const { get, connected } = await serve()
    await expect(get(to(302, location))).rejects.toThrow(reason)
    expect(connected).toEqual(["93.184.216.34"])
  })
})
