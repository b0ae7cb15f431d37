import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { toHttpRoutes } from "../../src/triggers/http-routes.ts"
import { findRouteConflicts } from "../../src/triggers/route-conflicts.ts"
import { createRouteTable, type Route } from "../../src/triggers/route-table.ts"

const route = (path: string, methods: readonly string[] | null = null, value = path): Route<string> => ({
  path,
  methods,
  value,
})

const table = (...paths: string[]) => createRouteTable(paths.map((path) => route(path)))

describe("a route table", () => {
  it("prefers fixed text to a parameter, and a parameter to the rest, whatever their order", () => {
    const routes = table("/users/*", "/users/:id", "/users/me")
    expect(routes.match("GET", "/users/me")).toEqual({ value: "/users/me", params: {} })
    expect(routes.match("GET", "/users/7")).toEqual({ value: "/users/:id", params: { id: "7" } })
    expect(routes.match("GET", "/users/7/posts")).toEqual({ value: "/users/*", params: { "*": "7/posts" } })
  })

  it("goes back to a wider route where the more specific one leads nowhere", () => {
    const routes = table("/a/b/c", "/a/:x/d", "/:y/*")
    expect(routes.match("GET", "/a/b/d")).toEqual({ value: "/a/:x/d", params: { x: "b" } })
    expect(routes.match("GET", "/a/b/e")).toEqual({ value: "/:y/*", params: { y: "a", "*": "b/e" } })
  })

  it("goes back to a wider route where the more specific one has another method", () => {
    const routes = createRouteTable([route("/users/me", ["GET"]), route("/users/:id", ["DELETE"])])
    expect(routes.match("DELETE", "/users/me")).toEqual({ value: "/users/:id", params: { id: "me" } })
    expect(routes.methods("/users/me")).toEqual(["DELETE", "GET", "HEAD"])
  })

  it("answers HEAD with GET unless HEAD is declared there", () => {
    const routes = createRouteTable([route("/a", ["GET"], "get"), route("/a", ["HEAD"], "head"), route("/b", ["GET"])])
    expect(routes.match("HEAD", "/a")?.value).toBe("head")
    expect(routes.match("HEAD", "/b")?.value).toBe("/b")
    expect(routes.match("POST", "/b")).toBeNull()
  })

  it("answers HEAD with the GET of a specific route before anything of a wider one", () => {
    const routes = createRouteTable([route("/*"), route("/users", ["GET"])])
    expect(routes.match("HEAD", "/users")?.value).toBe("/users")
  })

  it("answers OPTIONS only where it is declared, by name or by declaring every method", () => {
    const routes = createRouteTable([route("/a", ["GET"]), route("/b", ["OPTIONS"]), route("/c")])
    expect(routes.match("OPTIONS", "/a")).toBeNull()
    expect(routes.match("OPTIONS", "/b")?.value).toBe("/b")
    expect(routes.match("OPTIONS", "/c")?.value).toBe("/c")
  })

  it("prefers a route that names the method to one for every method", () => {
    const routes = createRouteTable([route("/a", null, "any"), route("/a", ["GET"], "get")])
    expect(routes.match("GET", "/a")?.value).toBe("get")
    expect(routes.match("POST", "/a")?.value).toBe("any")
  })

  it("takes a trailing slash for the same path, and no empty parameter", () => {
    const routes = table("/users/:id", "/")
    expect(routes.match("GET", "/users/7/")?.params).toEqual({ id: "7" })
    expect(routes.match("GET", "/users/")).toBeNull()
    expect(routes.match("GET", "/users//")).toBeNull()
    expect(routes.match("GET", "/")?.value).toBe("/")
  })

  it("lets the rest be empty", () => {
    expect(table("/files/*").match("GET", "/files")?.params).toEqual({ "*": "" })
    expect(table("/*").match("GET", "/")?.params).toEqual({ "*": "" })
  })

  it("decodes parameters once, and leaves broken encoding as it is", () => {
    const routes = table("/:a/*")
    expect(routes.match("GET", "/x%2Fy%2520/%zz/%C3%BC")?.params).toEqual({ a: "x/y%20", "*": "%zz/ü" })
  })

  it("keeps parameters apart from the names that every object has", () => {
    const params = table("/:__proto__/:constructor").match("GET", "/a/b")?.params
    expect(Object.entries(params ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ])
    expect(table("/a").match("GET", "/__proto__")).toBeNull()
  })

  it("finds every route by a path that was made from it", () => {
    const word = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/)
    const segment = fc.oneof(
      word,
      word.map((name) => `:p${name.replaceAll(/[^a-z0-9]/g, "_")}`),
    )
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), fc.string({ unit: "grapheme", minLength: 1 }), (parts, text) => {
        const path = parts.map((part) => (part.startsWith(":") ? encodeURIComponent(text) : part)).join("/")
        const match = table(`/${parts.join("/")}`).match("GET", `/${path}`)
        expect(match?.value).toBe(`/${parts.join("/")}`)
        expect(Object.values(match?.params ?? {}).every((value) => value === text)).toBe(true)
      }),
    )
  })

  it("matches no path that is as long but differs in fixed text", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(words, words, (a, b) => {
        expect(table(`/${a.join("/")}`).match("GET", `/${b.join("/")}`) !== null).toBe(a.join("/") === b.join("/"))
      }),
    )
  })
})

describe("the routes of http triggers", () => {
  it("take method and methods together, and every method where there are none", () => {
    const triggers = [
      { type: "http", path: "/a", method: "GET", methods: ["POST"] },
      { type: "schedule", cron: "* * * * *" },
      { type: "http", path: "/b", auth: "required" },
      { type: "http", path: "/c", method: ["PUT", "PATCH"] },
    ] as const
    expect(toHttpRoutes({ id: "1", name: "f", triggers })).toEqual([
      { path: "/a", methods: ["GET", "POST"], value: { kind: "http", functionId: "1", name: "f", auth: "none" } },
      { path: "/b", methods: null, value: { kind: "http", functionId: "1", name: "f", auth: "required" } },
      { path: "/c", methods: ["PUT", "PATCH"], value: { kind: "http", functionId: "1", name: "f", auth: "none" } },
    ])
  })
})

describe("conflicts of routes", () => {
  it("are the same paths with a method in common, whatever their parameters are called", () => {
    const mine = route("/users/:id", ["GET", "PUT"])
    const theirs = route("/users/:name/", ["PUT", "POST"])
    expect(findRouteConflicts([mine], [theirs])).toEqual([{ route: mine, other: theirs, methods: ["PUT"] }])
  })

  it("are not a specific path beside a wider one, nor single methods beside every method", () => {
    expect(findRouteConflicts([route("/users/me")], [route("/users/:id"), route("/*")])).toEqual([])
    expect(findRouteConflicts([route("/a", ["GET"])], [route("/a"), route("/a", ["POST"])])).toEqual([])
  })

  it("are found among the added ones too", () => {
    const [first, second] = [route("/a/*"), route("/a/*")]
    expect(findRouteConflicts([first, second])).toEqual([{ route: second, other: first, methods: null }])
  })
})
