/**
 * Makes a schema of its own in the PostgreSQL of INLAY_BENCH_POSTGRES_URL, or of the tests' INLAY_TEST_POSTGRES_URL; null,
 * and a line that says so, where neither is set.
 */
export async function benchSchema(name) {
  const server = process.env.INLAY_BENCH_POSTGRES_URL ?? process.env.INLAY_TEST_POSTGRES_URL
  if (server === undefined) {
    process.stderr.write("INLAY_BENCH_POSTGRES_URL is not set: PostgreSQL is left out.\n")
    return null
  }
  const { default: pg } = await import("pg")
  const schema = `inlay_bench_${name}_${process.pid}`
  const run = async (sql) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  await run(`create schema ${schema}`)
  const url = new URL(server)
  url.searchParams.set("options", `-c search_path=${schema}`)
  return { url: url.href, schema, server, run, drop: () => run(`drop schema ${schema} cascade`) }
}
