/** What the engine gives beyond ECMAScript, and what no library of this folder's TypeScript configuration declares. */
declare class DOMException extends Error {
  constructor(message?: string, name?: string)
  readonly code: number
}

declare function queueMicrotask(callback: () => void): void

declare const performance: { now(): number }
