/**
 * For those who write adapters: contract suites, run with any test runner.
 *
 * @module
 */

// What the suites need of a test runner
export type { ContractRunner } from "./contract-runner.ts"
// Contract suites
export { type OpenQueue, queueContract } from "./queue-contract.ts"
export { type StorageContractOptions, storageContract } from "./storage-contract.ts"
