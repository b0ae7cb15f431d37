import type { Condition, PipelineStep } from "../model/pipeline.ts"

/** How a node of a kind is drawn: what stands before and after its label. */
export function shapeOf(kind: PipelineStep["kind"]): readonly [string, string] {
  return shapes[kind]
}

const shapes: Readonly<Record<PipelineStep["kind"], readonly [string, string]>> = {
  function: ["[", "]"],
  parallel: ["{{", "}}"],
  map: ["[", "]"],
  branch: ["{", "}"],
  wait: ["(", ")"],
  event: [">", "]"],
  approval: ["[/", "\\]"],
  pipeline: ["[[", "]]"],
}

/** What stands on a step's node: its name, and what it does where the name does not say it. */
export function labelOf(step: PipelineStep): string {
  return quoted(step.name, ...aboutStep(step).filter((line) => line !== step.name))
}

function aboutStep(step: PipelineStep): readonly string[] {
  switch (step.kind) {
    case "function":
      return step.compensate === undefined ? [step.function] : [step.function, `undone by ${step.compensate}`]
    case "parallel":
      return []
    case "map":
      return [`for each of ${step.items ?? "$.previous"}`]
    case "branch":
      return []
    case "wait":
      return [step.seconds === undefined ? `until ${step.until}` : `${step.seconds} s`]
    case "event":
      return [`event ${step.type}`]
    case "approval":
      return ["approval"]
    case "pipeline":
      return [`pipeline ${step.pipeline}`]
  }
}

/** A condition as people write it. */
export function conditionText(condition: Condition): string {
  if ("all" in condition) return condition.all.map(innerText).join(" and ")
  if ("any" in condition) return condition.any.map(innerText).join(" or ")
  if ("not" in condition) return `not ${innerText(condition.not)}`
  const { value, is, to } = condition
  return is === "exists" ? `${value} exists` : `${value} ${is} ${JSON.stringify(to ?? null)}`
}

function innerText(condition: Condition): string {
  return "value" in condition ? conditionText(condition) : `(${conditionText(condition)})`
}

/** Characters of one line: longer ones are cut. */
const maxLine = 60

/** Lines as a Mermaid text in quotation marks, in which nothing but letters, digits and harmless marks stands for itself. */
export function quoted(...lines: readonly string[]): string {
  return `"${lines.map((line) => escaped(line.length > maxLine ? `${line.slice(0, maxLine)}…` : line)).join("<br/>")}"`
}

function escaped(text: string): string {
  return Array.from(text, (character) =>
    /[\p{L}\p{N} _.,$@:()/+=!…-]/u.test(character) ? character : `#${character.codePointAt(0)};`,
  ).join("")
}
