import { type FeatureName, featureGlobals } from "./feature-names.ts"
import { host } from "./host.ts"
import { create, defineProperty, getOwnPropertyDescriptor, keys, quote, startsWith } from "./primordials.ts"
import { defineGlobal, globalObject } from "./webidl.ts"

/** What each feature gives to the base. A feature that gives something declares it here, by augmentation. */
// biome-ignore lint/suspicious/noEmptyInterface: features fill it.
export interface Features {}

type Lender = () => Readonly<Record<string, unknown>>

const provided: Record<string, unknown> = create(null)
const lazyGetters = new WeakMap<object, true>()
let lendAll: Lender

/** Sets what features may import of the base's files. The build calls it. */
export function lend(lender: Lender): void {
  lendAll = lender
}

/**
 * What a feature gives. Its script is evaluated into the snapshot of a version whose code names it; where code comes upon
 * it by another way, now.
 */
export function feature<Name extends keyof Features & FeatureName>(name: Name): Features[Name] {
  return load(name) as Features[Name]
}

/** What a feature gives where it is there already; undefined where nothing has asked for it yet. */
export function loadedFeature<Name extends keyof Features & FeatureName>(name: Name): Features[Name] | undefined {
  return provided[name] as Features[Name] | undefined
}

/** Evaluates a feature's script, unless that was done. */
export function loadFeature(name: FeatureName): void {
  load(name)
}

function load(name: FeatureName): unknown {
  if (name in provided) return provided[name]
  const lent = lendAll()
  defineProperty(globalObject, "__inlay", { value: (key: string) => lent[key], configurable: true })
  try {
    host("feature", quote(name))
  } finally {
    delete (globalObject as { __inlay?: unknown }).__inlay
  }
  if (!(name in provided)) throw new Error("Cannot load the part of the web APIs that is called " + name)
  return provided[name]
}

/**
 * Called by a feature's script: defines its globals, those with getters and setters as such, and gives to the base what
 * it has for it.
 */
export function provide(
  name: FeatureName,
  globals: Readonly<Record<string, unknown>>,
  given: object = globals,
  accessors: object = {},
): void {
  provided[name] = given
  const names = keys(globals)
  for (let index = 0; index < names.length; index++) {
    const key = names[index] as string
    if (isLazy(key)) defineGlobal(key, globals[key])
  }
  const others = keys(accessors)
  for (let index = 0; index < others.length; index++) {
    const key = others[index] as string
    if (isLazy(key)) defineProperty(globalObject, key, getOwnPropertyDescriptor(accessors, key) as PropertyDescriptor)
  }
}

/** Whether a global waits for its feature. What the author's code has put in its place stays. */
function isLazy(key: string): boolean {
  const getter = getOwnPropertyDescriptor(globalObject, key)?.get
  return getter !== undefined && lazyGetters.has(getter)
}

/** Puts the features' names on the global object: what is asked for is loaded. */
export function installFeatures(): void {
  for (const feature of Object.keys(featureGlobals) as FeatureName[]) {
    for (const name of featureGlobals[feature]) defineLazy(name, feature)
  }
}

function defineLazy(name: string, feature: FeatureName): void {
  const get = (): unknown => {
    load(feature)
    return (globalObject as unknown as Record<string, unknown>)[name]
  }
  // A handler's name stands for what the feature does with it; any other is the author's to replace.
  const set = (value: unknown): void => {
    if (!startsWith(name, "on")) defineGlobal(name, value)
    else {
      load(feature)
      ;(globalObject as unknown as Record<string, unknown>)[name] = value
    }
  }
  lazyGetters.set(get, true)
  defineProperty(globalObject, name, { get, set, enumerable: false, configurable: true })
}
