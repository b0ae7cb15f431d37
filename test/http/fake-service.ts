// TEMPORARY: stands in for createFunctions until it exists.
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { checkName, toFunctionReference } from "../../src/model/name.ts"
import { newId, newTraceId } from "../../src/util/id.ts"
import { toHttpRoutes } from "../../src/triggers/http-routes.ts"
import { createRouteTable } from "../../src/triggers/route-table.ts"
import { environmentSchema } from "../../src/model/configuration.ts"

export function createFake(): any {
  const orgs = new Map<string, any>()
  const make = (organisationId: string): any => {
    const fns = new Map<string, any>(), invocations: any[] = [], pipes = new Map<string, any>(), runs: any[] = []
    const nf = (w: string) => new FunctionsError("FN_001", `Cannot find ${w}`)
    const find = (n: string) => { const f = fns.get(n) ?? [...fns.values()].find((x) => x.record.id === n); if (!f) throw nf(`function "${n}"`); return f }
    const view = (f: any) => ({ ...f.record, configuration: f.record.activeVersion === null ? null : { runtime: "quickjs", memory: 128, timeout: 30, cpu: 1 } })
    const add = (name: string) => { const at = Date.now(); const f = { record: { id: newId(at), organisation: organisationId, name, description: null, activeVersion: null, environment: {}, triggers: [], createdAt: at, updatedAt: at }, versions: [] as any[], aliases: new Map(), acts: [] as any[] }; fns.set(name, f); return f }
    const act = (f: any, v: any, reason: string) => { f.record.activeVersion = v.number; f.acts.unshift({ id: newId(Date.now()), functionId: f.record.id, organisation: organisationId, version: v.number, reason, actor: "x", at: Date.now() }); return { functionId: f.record.id, name: f.record.name, version: v.number, contentHash: v.contentHash, createdAt: v.createdAt, warnings: [] } }
    const self: any = {
      organisationId,
      async deploy(i: any) { checkName("function", i.name); let source = i.source ?? i.files?.["index.js"]; if (i.zip) { if (i.zip[0] !== 80) throw new FunctionsError("FN_005", "Cannot read the ZIP"); source = Buffer.from(i.zip).toString("latin1").match(/export default[^\n]*/)?.[0] }
        if (!source) throw new FunctionsError("FN_005", "Cannot find an entry file"); let m: any; try { m = await import("data:text/javascript," + encodeURIComponent(source)) } catch (e: any) { throw new FunctionsError("FN_005", "Cannot bundle: " + e.message, { issues: [{ path: "index.js", message: e.message, line: 1, column: 1 }] }) } if (!m.default) throw new FunctionsError("FN_005", "Cannot load")
        if (i.config && "nonsense" in i.config) throw new FunctionsError("FN_006", "Cannot use", { issues: [{ path: "nonsense", message: "unknown" }] })
        const f = fns.get(i.name) ?? add(i.name); if (i.config?.triggers) f.record.triggers = i.config.triggers; if (i.config?.environment) f.record.environment = i.config.environment
        const v = { functionId: f.record.id, organisation: organisationId, number: f.versions.length + 1, contentHash: newTraceId(), configuration: {}, kind: m.default.fetch || f.record.triggers.length ? "http" : "event", evaluatesPerCall: false, bundleBytes: 1, createdAt: Date.now(), m }; f.versions.push(v); return act(f, v, "deploy") },
      async create(i: any) { checkName("function", i.name); if (fns.has(i.name)) throw new FunctionsError("FN_006", "taken"); return view(add(i.name)) },
      async rollback(n: string, o: any = {}) { const f = find(n); const v = f.versions[(o.to ?? f.record.activeVersion - 1) - 1]; if (!v) throw nf("version"); return act(f, v, "rollback") },
      async get(n: string) { return view(find(n)) }, async list(p: any) { return { items: [...fns.values()].map(view).slice(0, p.limit), next: null } },
      async versions(n: string) { return find(n).versions.map(({ m, ...v }: any) => v).reverse() }, async activations(n: string) { return find(n).acts },
      async update(n: string, c: any) { const f = find(n); const { config, ...r } = c; Object.assign(f.record, r); return view(f) },
      async setEnvironment(n: string, c: any) { const f = find(n); const e = { ...f.record.environment, ...c }; for (const k in e) if (e[k] === null) delete e[k]; if (!environmentSchema.safeParse(e).success) throw new FunctionsError("FN_006", "bad name"); f.record.environment = e; return e },
      async remove(n: string) { const f = find(n); fns.delete(f.record.name) },
      aliases: { async set(n: string, a: string, version: number) { checkName("alias", a); const f = find(n); if (!f.versions[version - 1]) throw nf("version"); const r = { functionId: f.record.id, organisation: organisationId, alias: a, version, updatedAt: 1 }; f.aliases.set(a, r); return r }, async list(n: string) { return [...find(n).aliases.values()] }, async remove(n: string, a: string) { if (!find(n).aliases.delete(a)) throw nf("alias") }, async promote(n: string, a: string) { const f = find(n); const r = f.aliases.get(a); if (!r) throw nf("alias"); return act(f, f.versions[r.version - 1], "promote") } },
      async runRaw(n: string, input: any, o: any = {}) {
        const ref = toFunctionReference(n); const f = find(ref.target); const number = ref.version ?? (ref.alias ? f.aliases.get(ref.alias)?.version : f.record.activeVersion); const v = f.versions[number - 1]; if (!v) throw nf("version")
        const event = input.type === "json" && input.text !== "" ? JSON.parse(input.text) : undefined
        const at = Date.now(); const logs: any[] = []; let status = "succeeded", error: any, output: any
        try { const ctx = { env: f.record.environment, params: input.params, log: (m: string) => logs.push({ time: at, level: "info", message: m }), signal: o.signal }; const h = v.m.default
          if (v.kind === "http") { const rq = input.type === "request" ? new Request(input.url, { method: input.method, headers: input.headers, body: input.body, duplex: "half" } as any) : new Request("http://localhost/", { method: "POST", body: input.text, headers: { "content-type": "application/json" } }); const r = await (h.fetch ? h.fetch(rq, ctx.env, ctx) : h(rq, ctx)); output = { type: "response", status: r.status, statusText: r.statusText, headers: [...r.headers], body: new Uint8Array(await r.arrayBuffer()) } }
          else output = { type: "json", text: JSON.stringify(await h(event, ctx)) } } catch (e: any) { status = "failed"; error = { code: e.fn ?? "FN_004", name: e.name, message: e.message, stack: "at index.js:1:1" } }
        const invocation = { id: newId(at), functionId: f.record.id, name: f.record.name, version: number, status, ...(error ? { error } : {}), logs, startedAt: at, endedAt: at, durationMs: 0.5, cpuMs: 0.1, memoryBytes: 10, coldStart: false, traceId: o.traceId ?? newTraceId() }
        invocations.unshift({ ...invocation, organisation: organisationId }); return { invocation, ...(output ? { output } : {}) } },
      async run(n: string, input: any, o: any) { const r = await self.runRaw(n, { type: "json", text: JSON.stringify(input) ?? "" }, o); return { ...r.invocation, output: r.output?.text && JSON.parse(r.output.text) } },
      async invoke(n: string, input: any) { return (await self.run(n, input)).output },
      invocations: { async get(id: string) { const r = invocations.find((x) => x.id === id); if (!r) throw nf("invocation"); return r }, async list(fl: any, p: any) { const id = fl.function && find(fl.function).record.id; return { items: invocations.filter((x) => (!id || x.functionId === id) && (!fl.status || x.status === fl.status)).slice(0, p.limit), next: null } } },
      pipelines: { async define(d: any) { checkName("pipeline", d.name); for (const s of d.steps) try { find(toFunctionReference(s.function).target) } catch { throw new FunctionsError("FN_006", "missing") } const r = { id: pipes.get(d.name)?.id ?? newId(Date.now()), organisation: organisationId, ...d, createdAt: 1, updatedAt: 1 }; pipes.set(d.name, r); return r },
        async get(n: string) { const p = pipes.get(n); if (!p) throw nf("pipeline"); return p }, async list() { return { items: [...pipes.values()], next: null } }, async remove(n: string) { if (!pipes.delete(n)) throw nf("pipeline") },
        async run(n: string, input: any) { const p = await self.pipelines.get(n); const steps: any[] = []; let output = input, failed: any; for (const s of p.steps) { if (failed) { steps.push({ name: s.name, function: s.function, version: null, status: "skipped", invocationId: null, startedAt: null, endedAt: null, durationMs: null }); continue } const r = await self.run(s.function, output, {}); output = r.output; failed = r.error; steps.push({ name: s.name, function: s.function, version: r.version, status: r.status, invocationId: r.id, output, startedAt: 1, endedAt: 1, durationMs: 1 }) } const run = { id: newId(Date.now()), pipeline: n, status: failed ? "failed" : "succeeded", output, ...(failed ? { error: failed } : {}), steps, startedAt: 1, endedAt: 1, durationMs: 1 }; runs.unshift(run); return run },
        async getRun(id: string) { const r = runs.find((x) => x.id === id); if (!r) throw nf("run"); return r }, async listRuns(n: string) { await self.pipelines.get(n); return { items: runs.filter((r) => r.pipeline === n), next: null } } },
      metrics: { async summary(n: string, o: any = {}) { const f = find(n); const d = { average: 0, p50: 0, p95: 0, p99: 0 }; const all = invocations.filter((x) => x.functionId === f.record.id); return { name: f.record.name, functionId: f.record.id, range: o.range ?? { from: 0, to: 1 }, count: all.length, errors: all.filter((x) => x.error).length, errorRate: all.filter((x) => x.error).length / (all.length || 1), durationMs: d, cpuMs: d, memoryBytes: d, coldStartRate: 0 } } },
      route(m: string, p: string) { const hit = createRouteTable([...fns.values()].flatMap((f) => toHttpRoutes(f.record))).match(m, p); return hit && { ...hit.value, params: hit.params } },
    }
    return self
  }
  const organisation = (id: string) => { if (!orgs.has(id)) orgs.set(id, make(id)); return orgs.get(id) }
  return { ...organisation("default"), organisation, health: { ready: async () => {}, migrations: async () => [] }, close: async () => {} }
}
