import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bearsToken, identifyDeveloper } from "../../src/access/development-token.ts"
import { isAllowedHost, isLoopbackHost } from "../../src/access/hosts.ts"
import { identify } from "../../src/access/identify.ts"
import { judgeOrigin } from "../../src/access/origins.ts"
import { hasScope } from "../../src/access/scopes.ts"
import type { Identity } from "../../src/model/identity.ts"

describe("scopes", () => {
  const holding = (...scopes: Identity["scopes"]): Identity => ({ organisation: "o", actor: "a", scopes })

  it("are held one by one; admin and the asterisk hold all of them", () => {
    expect(hasScope(holding("read"), "read")).toBe(true)
    expect(hasScope(holding("read"), "write")).toBe(false)
    expect(hasScope(holding("write"), "read")).toBe(false)
    expect(hasScope(holding("read", "write"), "admin")).toBe(false)
    expect(hasScope(holding("admin"), "write")).toBe(true)
    expect(hasScope(holding("*"), "admin")).toBe(true)
    expect(hasScope(holding(), "read")).toBe(false)
  })
})

describe("hosts", () => {
  it("are allowed by name with any port, or by name and port", () => {
    expect(isAllowedHost("API.example.com:8080", ["api.example.com"])).toBe(true)
    expect(isAllowedHost("api.example.com:8080", ["api.example.com:8080"])).toBe(true)
    expect(isAllowedHost("api.example.com:81", ["api.example.com:8080"])).toBe(false)
    expect(isAllowedHost("api.example.com.evil.org", ["api.example.com"])).toBe(false)
    expect(isAllowedHost("[2001:db8::1]:80", ["[2001:db8::1]"])).toBe(true)
    expect(isAllowedHost("", ["api.example.com"])).toBe(false)
  })

  it("are this machine only by its own names and addresses", () => {
    for (const host of ["localhost", "LOCALHOST:3000", "app.localhost", "127.0.0.1", "127.8.8.8:1", "[::1]:3000"]) {
      expect(isLoopbackHost(host), host).toBe(true)
    }
    const others = [
      "",
      "localhost.evil.org",
      "127.0.0.1.evil.org",
      "127.0.0.1evil.org",
      "127.0.0",
      "127.0.0.256",
      "0.0.0.0",
      "::1",
    ]
    for (const host of others) expect(isLoopbackHost(host), host).toBe(false)
  })

  it("are never this machine when their name ends in a public domain", () => {
    fc.assert(fc.property(fc.domain(), (name) => !isLoopbackHost(name) || name.endsWith("localhost")))
  })
})

describe("origins", () => {
  it("are the same where there is none or it names the request's host, under either scheme", () => {
    expect(judgeOrigin(null, "a.example", [])).toBe("same")
    expect(judgeOrigin("https://A.example", "a.example", [])).toBe("same")
    expect(judgeOrigin("http://a.example:3000", "a.example:3000", [])).toBe("same")
  })

  it("are foreign where host or port differ, and for pages without an origin", () => {
    expect(judgeOrigin("http://a.example:3001", "a.example:3000", [])).toBe("foreign")
    expect(judgeOrigin("https://a.example.evil.org", "a.example", [])).toBe("foreign")
    expect(judgeOrigin("null", "null", [])).toBe("foreign")
    expect(judgeOrigin("", "", [])).toBe("foreign")
  })

  it("are allowed where they are listed, scheme and port included", () => {
    expect(judgeOrigin("https://app.example", "api.example", ["https://APP.example/"])).toBe("allowed")
    expect(judgeOrigin("http://app.example", "api.example", ["https://app.example"])).toBe("foreign")
  })
})

describe("the development token", () => {
  it("fits as a bearer only when it is whole", () => {
    expect(bearsToken("Bearer abc", "abc")).toBe(true)
    expect(bearsToken("bearer abc", "abc")).toBe(true)
    for (const sent of [null, "", "abc", "Bearer", "Bearer ab", "Bearer abcd", "Basic abc"]) {
      expect(bearsToken(sent, "abc"), String(sent)).toBe(false)
    }
    expect(bearsToken("Bearer ", "")).toBe(false)
  })

  it("opens nothing for requests that were sent to a public name", () => {
    expect(identifyDeveloper({ authorization: "Bearer t", host: "localhost:3000" }, "t")?.scopes).toEqual(["*"])
    expect(identifyDeveloper({ authorization: "Bearer t", host: "evil.org" }, "t")).toBeNull()
    expect(identifyDeveloper({ authorization: "Bearer undefined", host: "localhost" }, undefined)).toBeNull()
  })
})

describe("the host's authenticate", () => {
  const request = new Request("http://localhost/")

  it("decides alone: the development token opens nothing beside it", async () => {
    const bearing = new Request("http://localhost/", { headers: { authorization: "Bearer t" } })
    expect(await identify(bearing, "localhost", { authenticate: () => null, developmentToken: "t" })).toBeNull()
  })

  it("must answer an identity: a slip is an error, never a tenant or a scope", async () => {
    const answering = (value: unknown) => identify(request, "localhost", { authenticate: () => value as Identity })
    await expect(answering({ scopes: ["*"], actor: "a" })).rejects.toThrow(TypeError)
    await expect(answering({ organisation: "", scopes: [], actor: "a" })).rejects.toThrow(TypeError)
    await expect(answering({ organisation: "o", scopes: "admin", actor: "a" })).rejects.toThrow(TypeError)
    await expect(answering({ organisation: "o", scopes: ["root"], actor: "a" })).rejects.toThrow(TypeError)
    expect(await answering(undefined)).toBeNull()
    expect(await answering({ organisation: "o", scopes: ["read"] })).toEqual({
      organisation: "o",
      scopes: ["read"],
      actor: "unknown",
    })
  })
})
