/** The platform's own type of a global class, whichever library declares it, or `unknown` where none does. */
type Instance<Name extends string> = typeof globalThis extends { readonly [Key in Name]: infer Class }
  ? Class extends { readonly prototype: infer Prototype }
    ? Prototype
    : unknown
  : unknown

/** `Request`, of the author's own type library (DOM, web worker or Node). */
export type WebRequest = Instance<"Request">

/** `Response`, of the author's own type library. */
export type WebResponse = Instance<"Response">

/** `AbortSignal`, of the author's own type library. */
export type WebAbortSignal = Instance<"AbortSignal">
