/** The one function that the host gives: an operation, JSON text, bytes. */
export type Host = (operation: string, text?: string, bytes?: ArrayBuffer) => string | ArrayBuffer | undefined

/** The host. Nothing that a function's code can reach may hold it. */
export let host: Host

/** Sets the host, once, at boot. */
export function connect(to: Host): void {
  host = to
}
