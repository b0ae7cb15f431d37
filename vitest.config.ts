import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

if (!process.env.INLAY_TEST_POSTGRES_URL) {
  process.stderr.write(
    "INLAY_TEST_POSTGRES_URL is not set: PostgreSQL is tested on PGlite, and what needs a server (several connections, LISTEN, kept plans) is skipped.\n",
  )
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Ends what hangs, and nothing else: a machine that is busy with other things is many times slower.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    // Many tests wait for processes, databases and limits of time: two side by side are faster even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})
