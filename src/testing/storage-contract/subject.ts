import type { Storage } from "../../ports/storage.ts"

/** What the tests of the contract work on. */
export interface StorageSubject {
  /** The storage under test, open. */
  readonly storage: Storage
  /** An organisation that only the running test uses. */
  readonly organisation: string
  /** Another storage of the same factory, open; closed after the test. */
  open(): Promise<Storage>
  /** Another storage of the same factory, not open; closed after the test. */
  create(): Promise<Storage>
}
