/** What an engine calls while it runs. */
export interface EngineCallbacks {
  /** The guest's one way out. MUST NOT throw. */
  host(op: string, text: string | undefined, bytes: Uint8Array | undefined): string | Uint8Array | undefined
  /** Polled every 10,000 bytecode ticks; true ends the running guest code. */
  shouldInterrupt(): boolean
}
