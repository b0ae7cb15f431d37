import { host } from "../../host.ts"
import { openOperation, register } from "../../operations.ts"

/** Is told whether it is only to be cleared away: the call that queued it has ended. */
type Task = (abandoned: boolean) => void

let tasks: Task[] = []
let next = 0
let waiting = false

/** Runs something in a task of its own, after those that were queued before. */
export function queueTask(task: Task): void {
  tasks[tasks.length] = task
  wait()
}

/** One timer at a time, however many tasks there are: the host bounds what a call may have open. */
function wait(): void {
  if (waiting) return
  waiting = true
  host("timer", openOperation(register({ settle: run, abandon })) + ',"ms":0}')
}

function run(): void {
  waiting = false
  const task = tasks[next] as Task
  next++
  if (next === tasks.length) clear()
  else wait()
  task(false)
}

function abandon(): void {
  const left = tasks
  const from = next
  waiting = false
  clear()
  for (let index = from; index < left.length; index++) (left[index] as Task)(true)
}

function clear(): void {
  tasks = []
  next = 0
}
