/** The parts of a test runner that a contract suite uses: those of vitest, jest and `node:test` fit. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
  beforeEach(prepare: () => Promise<void>): unknown
  afterEach(tidy: () => Promise<void>): unknown
}
