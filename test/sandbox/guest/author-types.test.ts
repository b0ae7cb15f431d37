import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openStrictProject, type StrictProject } from "../../project/strict-project.ts"

describe("the types of inlay/functions, in a strict project", () => {
  let project: StrictProject
  beforeAll(async () => {
    project = await openStrictProject({ "inlay/functions": "src/sandbox/author/functions.ts" })
  })
  afterAll(() => project.remove())

  const check = (source: string) =>
    project.check(`import { cors, defineHandler, middleware } from "inlay/functions"\n${source}`)

  it("tell the context of every form of handler, whose event its author says", async () => {
    const found = await check(`
      export const event = defineHandler((event: { values: number[] }, context) => {
        context.log.info("called", context.invocationId)
        return { first: event.values[0] ?? context.deadline }
      })
      const first: number = event({ values: [1] }, {} as never).first
      export const request = defineHandler((request: Request, context) => new Response(request.url + context.traceId + first))
      export const server = defineHandler({
        async fetch(request, env, context) {
          context.waitUntil(Promise.resolve(env))
          return new Response(request.url)
        },
      })
      export const wrapped = middleware([cors(), (request: Request, context) => new Response(request.url + context.traceId)])
      export const chain = middleware([
        async (request, context, next) => {
          const response = await next()
          response.headers.set("x-call", request.url + context.invocationId)
          return response
        },
        (event: { n: number }, context) => event.n + context.deadline,
      ])`)
    expect(found).toBe("")
  })

  it("refuse what is no handler, and a context of another type", async () => {
    const found = await check(`
      defineHandler(5)
      defineHandler((event: string, context: number) => event + context)
      middleware([cors()])`)
    expect(found.match(/index\.ts\(\d+/g)).toEqual(["index.ts(3", "index.ts(4", "index.ts(5"])
  })
})
