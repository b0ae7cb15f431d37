/** An error that the guest raised out of a call, or the engine on its behalf. */
export interface EngineError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** The outcome of one entry into the guest: nothing, or an error that nobody in the guest caught. */
export type Entered = EngineError | undefined

/** The engine could not even take a call's input: its memory is full. */
export class SandboxMemoryError extends Error {
  override readonly name = "SandboxMemoryError"
}

/** Reads an error as the engine dumps it: JSON text, or whatever was thrown. */
export function toEngineError(dumped: string): EngineError {
  try {
    const value: unknown = JSON.parse(dumped)
    if (typeof value === "object" && value !== null) {
      const { name, message, stack } = value as Record<string, unknown>
      return { name: String(name ?? "Error"), message: String(message ?? ""), stack: String(stack ?? "") }
    }
    return { name: "Error", message: String(value), stack: "" }
  } catch {
    return { name: "Error", message: dumped.slice(0, 8192), stack: "" }
  }
}

/** Why a fresh engine could not be made ready. */
export function toBootError({ name, message, stack }: EngineError): Error {
  return new Error(`Cannot boot the sandbox: ${name}: ${message} ${stack}`)
}
