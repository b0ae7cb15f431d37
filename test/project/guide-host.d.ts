// What the guide's TypeScript takes for granted: the service, what guides import only once, and things of the host's own.
type Inlay = typeof import("inlay")
declare const createFunctions: Inlay["createFunctions"]
declare const definePipeline: Inlay["definePipeline"]
declare const defineCapabilityMethod: typeof import("inlay/capabilities")["defineCapabilityMethod"]
declare const sqlite: typeof import("inlay/storage/sqlite")["sqlite"]
declare const expressMount: typeof import("inlay/express")["expressMount"]
declare const honoMount: typeof import("inlay/hono")["honoMount"]
declare const nodeMount: typeof import("inlay/node")["nodeMount"]
declare const createServer: typeof import("node:http")["createServer"]
declare const z: typeof import("zod")["z"]
type EventTrigger = import("inlay").EventTrigger
declare const functions: import("inlay").FunctionsService
declare const storage: ReturnType<typeof sqlite>
declare const app: {
  use(path: string, middleware: import("inlay/express").ExpressMiddleware): void
  mount(path: string, application: import("inlay/hono").HonoApplication): void
}
declare const server: import("node:http").Server
declare const request: Request
declare const url: string
declare const source: string
declare const input: unknown
declare const order: { readonly id: number }
declare const before: { readonly id: number }
declare const user: { readonly id: string; readonly email: string }
declare const session: { readonly id: string; readonly company: string }
declare function sessionOf(request: Request): Promise<{ id: string; company: string; isAdmin: boolean } | null>
declare const sessions: { find(header: string | null): Promise<{ company: string; email: string } | undefined> }
declare const shops: { has(name: string): Promise<boolean> }
declare const vault: { read(path: string): Promise<string | undefined> }
declare function later(): Promise<void>
declare const log: { warn(fields: object): void }
declare const mailer: { send(message: { readonly subject: string }): Promise<{ readonly id: string }> }
declare const jobs: { add(queue: string, organisation: string, message: unknown): Promise<string> }
declare const crm: {
  find(organisation: string, id: string, options: { signal: AbortSignal }): Promise<{ name: string } | undefined>
}
declare const pool: { connect(): Promise<{ query(text: string): Promise<unknown> }> }
declare const database: { transaction(work: () => void): () => void }
declare const insert: { run(id: number): void }
declare const callsPerHour: number[]
declare const whatCame: number[]
declare const answer: import("inlay").Forecast
declare const made: { readonly id: string }
declare const remote: import("inlay").ForecastBackend
declare const latencyMs: number
declare const timestampMs: number
