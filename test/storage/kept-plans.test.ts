import pg from "pg"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createRunOften, type RunOften } from "../../adapters/storage/postgres/kept-plans.ts"
import type { PoolClientLike } from "../../adapters/storage/postgres/pool.ts"
import { postgres } from "../../adapters/storage/postgres.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { onServer, preparePostgres } from "./support/postgres.ts"

const subject = preparePostgres()
const kept = "select name, statement, generic_plans + custom_plans as runs from pg_prepared_statements order by name"

describe.runIf(onServer)("statements that are asked for often", () => {
  let client: pg.Client
  let time = 0
  /** What the server is asked: the name of a statement that has one, else its text. */
  let asked: string[] = []

  beforeEach(async () => {
    asked = []
    client = new pg.Client({ connectionString: subject.url ?? "" })
    await client.connect()
  })
  afterEach(() => client.end())

  /** The connection as a pool gives it; `processID` is what a pooler would say. */
  function connect(processID = (client as unknown as { processID: number }).processID): PoolClientLike {
    const query = (first: string | { name: string }, values?: unknown[]) => {
      asked.push(typeof first === "string" ? first : first.name)
      return client.query(first as string, values)
    }
    return { query, release() {}, processID } as PoolClientLike
  }

  async function run(runOften: RunOften, connection: PoolClientLike, times: number, sql = "select $1::int as n") {
    for (let n = 0; n < times; n++) expect((await runOften(connection, sql, [n])).rows).toEqual([{ n }])
  }

  it("stay prepared on a connection once it is busy", async () => {
    await run(
      createRunOften("direct", () => time),
      connect(),
      20,
    )
    expect((await client.query(kept)).rows).toEqual([
      { name: expect.stringMatching(/^inlay_[0-9a-f]{24}$/), statement: "select $1::int as n", runs: "16" },
    ])
    expect(asked.slice(0, 5)).toEqual([...Array(4).fill("select $1::int as n"), "select pg_backend_pid() as id"])
  })

  it("go by their text on a connection that is hardly used", async () => {
    const runOften = createRunOften("direct", () => time)
    const connection = connect()
    for (let second = 0; second < 20; second++) {
      await run(runOften, connection, 1)
      time += 1000
    }
    expect(asked).toEqual(Array(20).fill("select $1::int as n"))
  })

  it("are planned anew after two seconds, because the tables may have grown", async () => {
    const runOften = createRunOften(true, () => time)
    const connection = connect()
    await run(runOften, connection, 10)
    expect(asked).not.toContain("discard plans")
    time += 2000
    asked = []
    await run(runOften, connection, 10)
    const [name] = (await client.query<{ name: string }>(kept)).rows.map((row) => row.name)
    expect(asked).toEqual([...Array(4).fill("select $1::int as n"), "discard plans", ...Array(6).fill(name)])
  })

  it("go by their text behind a pooler, which gives its clients numbers of its own", async () => {
    await run(
      createRunOften("direct", () => time),
      connect(1),
      20,
    )
    expect((await client.query(kept)).rows).toEqual([])
  })

  it("stay prepared behind one where the host says so, and nowhere where it says not", async () => {
    await run(
      createRunOften(false, () => time),
      connect(),
      20,
    )
    expect((await client.query(kept)).rows).toEqual([])
    await run(
      createRunOften(true, () => time),
      connect(1),
      20,
    )
    expect((await client.query(kept)).rows).toHaveLength(1)
  })

  it("go by their text again once the server does not take a name any more", async () => {
    const runOften = createRunOften("direct", () => time)
    const connection = connect()
    await run(runOften, connection, 10)
    await client.query("deallocate all")
    await run(runOften, connection, 10)
    expect((await client.query(kept)).rows).toEqual([])
  })

  it("go by their text again once a migration has changed the type of what they return", async () => {
    await client.query("create temporary table counted as select 1::int as n")
    const runOften = createRunOften("direct", () => time)
    const connection = connect()
    const count = async (value: unknown) =>
      expect((await runOften(connection, "select n from counted where n > $1", [0])).rows).toEqual([{ n: value }])
    for (let round = 0; round < 10; round++) await count(1)
    await client.query("alter table counted alter column n type bigint")
    for (let round = 0; round < 10; round++) await count("1")
  })

  it("fail in a transaction with what the server says against a name", async () => {
    const runOften = createRunOften("direct", () => time)
    const connection = connect()
    await run(runOften, connection, 10)
    await client.query("deallocate all")
    await client.query("begin")
    await expect(run(runOften, connection, 1)).rejects.toMatchObject({ code: "26000" })
    await client.query("rollback")
    await run(runOften, connection, 10)
  })

  it("have names that tell one text from another", async () => {
    const runOften = createRunOften(true, () => time)
    const connection = connect()
    await run(runOften, connection, 6)
    await run(runOften, connection, 2, "select $1::int + 0 as n")
    await run(
      createRunOften(true, () => time),
      connection,
      6,
    ) // what another storage has prepared is the same
    expect((await client.query(kept)).rows).toHaveLength(2)
  })
})

describe.runIf(onServer)("a busy storage", () => {
  it("keeps a handful of statements prepared, which a new column does not break", async () => {
    const pool = new pg.Pool({ connectionString: subject.url ?? "", max: 1 })
    const storage = postgres(pool, { prepare: true })
    await storage.open()
    let number = 0
    const work = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        const jobs = Array.from({ length: 3 + round }, () => sampleJob("busy", { id: `job-${number++}` }))
        await storage.queue.put(jobs)
        const now = jobs[0]?.createdAt ?? 0
        const { leases } = await storage.queue.take({ limit: 64, leaseMs: 1000, now })
        expect(leases).toHaveLength(jobs.length)
        const done = { at: now, outcome: "succeeded", result: "1", attempt: null } as const
        expect(await storage.queue.settle(leases.map((lease) => ({ lease, ...done })))).toEqual([])
      }
    }
    await work(10)
    const names = (await pool.query(kept)).rows.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(1)
    expect(names.length).toBeLessThan(10)
    await pool.query("alter table inlay_jobs add column of_tomorrow text")
    await work(10)
    expect((await pool.query(kept)).rows.map(({ name }) => name)).toEqual(names)
    await storage.close()
    await pool.end()
  })

  it("keeps none on a pool of the host's that says nothing of it", async () => {
    const pool = new pg.Pool({ connectionString: subject.url ?? "", max: 1 })
    const storage = postgres(pool)
    await storage.open()
    for (let round = 0; round < 20; round++) await storage.queue.take({ limit: 1, leaseMs: 1000, now: 0 })
    expect((await pool.query(kept)).rows).toEqual([])
    await storage.close()
    await pool.end()
  })
})
