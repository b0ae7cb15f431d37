import type { CloudEvent } from "../../model/event.ts"
import type { EventTrigger } from "../../model/trigger-declaration.ts"
import { compileFilter, type EventMatcher, FilterFault } from "./filter.ts"

/** Makes the matcher of a trigger of the types `event` and `pubsub`. Throws `FilterFault`, whose path is within the trigger. */
export function compileSubscription(trigger: EventTrigger): EventMatcher {
  const { source, subject, filter } = trigger
  const matchers = [
    compileTypes(trigger),
    source === undefined ? undefined : compileNames([source], "source", ["source"]),
    subject === undefined ? undefined : compileNames([subject], "subject", ["subject"]),
    filter === undefined ? undefined : compileFilter(filter, "filter"),
  ].filter((matcher) => matcher !== undefined)
  return (event) => matchers.every((matches) => matches(event))
}

/** A function that heard of everything would hear of what it publishes itself: it must say what it wants. */
function compileTypes({
  type,
  name,
  event,
  events,
  topic,
  source,
  subject,
  filter,
}: EventTrigger): EventMatcher | undefined {
  if (type === "pubsub") {
    const wanted = topic ?? event ?? name
    if (wanted === undefined) throw new FilterFault("topic", "must name what to hear of")
    return compileNames([wanted], "topic", ["type", "subject"])
  }
  const wanted = [...(event === undefined ? [] : [event]), ...(events ?? [])]
  if (wanted.length > 0) return compileNames(wanted, events ? "events" : "event", ["type"])
  if (source !== undefined || subject !== undefined || filter !== undefined) return undefined
  if (name === undefined) throw new FilterFault("event", 'must name the events to hear of; "*" are all')
  return compileNames([name], "name", ["type"])
}

/** One of the attributes must be one of the names, or begin with what stands before a `*`. */
function compileNames(names: readonly string[], path: string, attributes: readonly (keyof CloudEvent)[]): EventMatcher {
  for (const name of names) {
    if (!/^(?:[^*]+\*?|\*)$/.test(name)) throw new FilterFault(path, 'may have a "*" only at its end')
  }
  const exact = new Set(names.filter((name) => !name.endsWith("*")))
  const beginnings = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1))
  const fits = (value: unknown) =>
    typeof value === "string" && (exact.has(value) || beginnings.some((beginning) => value.startsWith(beginning)))
  return (event) => attributes.some((attribute) => fits(event[attribute]))
}
