import { afterEach, beforeEach, describe, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { storageContract } from "../../src/testing/storage-contract.ts"

describe("sqlite in memory", () => {
  storageContract({ describe, it, beforeEach, afterEach }, () => sqlite())
})
